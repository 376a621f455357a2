"""The ledger at work: every few seconds, settle what lies between the watermark and the tip."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import structlog

from chain.rpc_errors import RpcError
from ingestion import metrics
from ingestion.ledger.book import Book, Watermarks, WrongChain
from ingestion.ledger.election import elected
from ingestion.ledger.pages import Page, walk
from ingestion.ledger.prove import Prover
from ingestion.ledger.ranges import Range, uncovered
from ingestion.ledger.settle import Settler
from ingestion.ledger.source import Source

log = structlog.get_logger(__name__)

PAGES_A_PASS = 40  # so that the tail is looked at again while a long history is walked
GAP_SECONDS = 4.0  # between two tries at a range that would not close


@dataclass(slots=True)
class Ledger:
    """Moves the watermarks of one program.

    Attributes:
        book: the tables.
        source: the provider whose list is compared.
        settler: settles one range.
        prover: compares with a second provider, if there is one.
        base: the first slot to answer for; None = the first the provider has.
    """

    book: Book
    source: Source
    settler: Settler
    prover: Prover | None
    base: int | None = None
    _tried: dict[Range, float] = field(default_factory=dict)

    async def one_pass(self) -> Watermarks:
        """Settle what can be settled now.

        Raises:
            RpcError: the provider cannot say; no watermark moved past what it did say.
            WrongChain: the node speaks for another chain than the book.
        """
        genesis = await self.source.genesis()
        base = await self.source.first_available() if self.base is None else self.base
        tip = await self.source.tip()
        marks = await self.book.open(base=base, tip=tip, genesis=genesis)
        error = None
        try:
            await self._settle_all(marks, tip)
            if self.prover is not None:
                await self.prover.prove(marks.proven_to)
        except RpcError as failure:
            error = str(failure)
            raise
        finally:
            await self.book.advance()
            await self.book.checked(tip, error)
        marks = await self.book.open(base=base, tip=tip, genesis=genesis)
        metrics.LEDGER_LAG.set(tip - marks.agreed_to)
        return marks

    async def _settle_all(self, marks: Watermarks, tip: int) -> None:
        whole = Range(marks.agreed_to + 1, tip)
        left = PAGES_A_PASS
        # Newest first: what is live is looked at before what is history.
        for span in reversed(uncovered(whole, await self.book.closed(marks.agreed_to))):
            if left > 0 and (span.high == tip or self._due(span)):
                left -= await self._settle(span, tip, left)

    async def _settle(self, span: Range, tip: int, most: int) -> int:
        """Walk down one range; the number of pages it took, at most `most`."""
        anchor = None
        if span.high < tip and self.source.needs_anchor:
            anchor = await self._anchor(span)
        pages = 0

        async def turn(cursor: str | None) -> Page:
            nonlocal pages
            pages += 1
            return await self.source.page(span, cursor, tip=tip, anchor=anchor)

        async for part, listed in walk(turn, span):
            await self.settler.settle(part, listed)
            if pages >= most:
                break
        return pages

    async def _anchor(self, span: Range) -> str | None:
        """A signature above the span that the provider knows: what it does not know lists nothing."""
        signature = await self.book.anchor(span.high)
        if signature is None or await self.source.transaction(signature) is None:
            return None
        return signature

    def _due(self, span: Range) -> bool:
        """Whether a range that would not close may be tried again."""
        now = asyncio.get_running_loop().time()
        if now - self._tried.get(span, -GAP_SECONDS) < GAP_SECONDS:
            return False
        self._tried[span] = now
        if len(self._tried) > 10_000:
            self._tried.clear()
        return True


#: Opens the ledger once its providers can be asked.
Opens = Callable[[], Awaitable[Ledger]]

_AWAY = (RpcError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def run(opens: Opens, *, url: str, seconds: float) -> None:
    """Be the one ledger at work, for ever; failures are noted and tried again.

    Args:
        opens: makes the ledger.
        url: PostgreSQL, where the mandate is held.
        seconds: between passes.
    """
    while True:
        try:
            async with elected(url) as mandate:
                await _work(await opens(), mandate, seconds)
        except (*_AWAY, WrongChain) as error:
            _failed(error)
        await asyncio.sleep(seconds)


async def _work(ledger: Ledger, mandate: asyncpg.Connection, seconds: float) -> None:
    while not mandate.is_closed():
        try:
            await ledger.one_pass()
        except RpcError as error:
            _failed(error)
        await asyncio.sleep(seconds)


def _failed(error: Exception) -> None:
    metrics.LEDGER_FAILURES.labels(type(error).__name__).inc()
    log.warning("ledger pass failed", error=f"{type(error).__name__}: {error}")
