"""The ledger at work: every few seconds, settle what lies between the watermark and the tip."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import structlog

from chain.rpc_errors import RpcError
from ingestion import metrics
from ingestion.ledger.book import Watermarks, WrongChain
from ingestion.ledger.election import elected
from ingestion.ledger.prove import Prover
from ingestion.ledger.ranges import Range, uncovered
from ingestion.ledger.walker import Walker
from ingestion.quarantine.replay import Replayer

log = structlog.get_logger(__name__)

PARTS_A_PASS = 40  # so that the tail is looked at again while a long history is walked
GAP_SECONDS = 4.0  # between two tries at a range that would not close


@dataclass(slots=True)
class Ledger:
    """Moves the watermarks of one program.

    Attributes:
        walker: settles ranges with the first provider's list.
        prover: compares with a second provider, if there is one.
        replayer: fetches what deliveries only named.
        base: the first slot to answer for; None = the first the provider has.
    """

    walker: Walker
    prover: Prover | None
    replayer: Replayer
    base: int | None = None
    _tried: dict[Range, float] = field(default_factory=dict)

    async def one_pass(self) -> Watermarks:
        """Settle what can be settled now.

        Raises:
            RpcError: the provider cannot say; no watermark moved past what it did say.
            WrongChain: the node speaks for another chain than the book.
        """
        source, book = self.walker.source, self.walker.book
        tip = error = None
        try:
            genesis = await source.genesis()
            base = await source.first_available() if self.base is None else self.base
            tip = await source.tip()
            marks = await book.open(base=base, tip=tip, genesis=genesis)
            await self.replayer.due()
            await self._settle_all(marks, tip)
            if self.prover is not None:
                await self.prover.prove(marks.proven_to)
        except (RpcError, WrongChain) as failure:
            error = str(failure)
            raise
        finally:
            await book.advance()
            await book.checked(tip, error)
            metrics.ledger_stands(await book.standings())
        return await book.open(base=base, tip=tip, genesis=genesis)

    async def _settle_all(self, marks: Watermarks, tip: int) -> None:
        whole = Range(marks.agreed_to + 1, tip)
        left = PARTS_A_PASS
        # Newest first: what is live is looked at before what is history.
        for span in reversed(uncovered(whole, await self.walker.book.closed(marks.agreed_to))):
            if span.high < tip and not self._due(span):
                continue
            async for _ in self.walker.walk(span, tip=tip):
                left -= 1
                if left == 0:
                    return

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
