"""Walk down one range of slots and settle it part by part."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from ingestion.ledger.book import Book
from ingestion.ledger.pages import Page, walk
from ingestion.ledger.ranges import Piece, Range
from ingestion.ledger.settle import Settler
from ingestion.ledger.source import Source


@dataclass(frozen=True, slots=True)
class Walker:
    """Settles ranges with one provider's list, newest slots first."""

    book: Book
    source: Source
    settler: Settler

    async def walk(self, span: Range, *, tip: int) -> AsyncIterator[list[Piece]]:
        """Yield the verdict on each part of `span` once it is recorded, a page of the list each.

        Args:
            span: finalized slots.
            tip: the provider's last finalized slot.

        Raises:
            RpcError: the provider cannot say; what was yielded is recorded, the rest is not.
        """
        anchor = await anchor_above(self.book, self.source, span, tip)

        async def turn(cursor: str | None) -> Page:
            return await self.source.page(span, cursor, tip=tip, anchor=anchor)

        async for part, listed in walk(turn, span):
            yield await self.settler.settle(part, listed)


async def anchor_above(book: Book, source: Source, span: Range, tip: int) -> str | None:
    """A signature above a span from which a list need only be walked, not from its tip.

    None where the list can be asked by slot, or where the provider does not know the signature:
    below an unknown one it would list nothing.
    """
    if span.high >= tip or not source.needs_anchor:
        return None
    signature = await book.anchor(span.high)
    if signature is None or await source.transaction(signature) is None:
        return None
    return signature
