"""Walk a provider's list backwards through a range, in pieces whose content is known whole."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from ingestion.ledger.comparison import Listed
from ingestion.ledger.ranges import Range


class Page(NamedTuple):
    """One answer, newest first; it may hold lines from outside the range asked for."""

    lines: list[Listed]
    cursor: str | None  # of the next page; None = there is nothing older


#: Fetches the page that begins at a cursor.
Turn = Callable[[str | None], Awaitable[Page]]


async def walk(
    turn: Turn, span: Range, cursor: str | None = None
) -> AsyncIterator[tuple[Range, list[Listed]]]:
    """Yield subranges of `span`, newest first, each with every line the list has of it.

    A page's oldest slot may go on in the next page, so it is held back until that is read: no
    more than one page and one slot are in memory.

    Args:
        turn: fetches a page.
        span: slots to walk through.
        cursor: where to begin; None = at the list's newest line.
    """
    top = span.high
    held: list[Listed] = []
    while True:
        page = await turn(cursor)
        held += [line for line in page.lines if span.low <= line.slot <= top]
        oldest = page.lines[-1].slot if page.lines else span.low
        if page.cursor is None or oldest < span.low:
            yield Range(span.low, top), held
            return
        bottom = oldest + 1
        if bottom <= top:
            yield Range(bottom, top), [line for line in held if line.slot >= bottom]
            held = [line for line in held if line.slot < bottom]
            top = oldest
        cursor = page.cursor
