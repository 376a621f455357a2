"""Fetch a range of slots: in pages, in parallel, resumable, and behind live traffic at the lock."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg

from ingestion.intake.delivery import Held
from ingestion.intake.fees import FeeBook
from ingestion.landing.collector import Collector
from ingestion.landing.lander import Lander
from ingestion.ledger.assemble import (
    SOURCE,
    Landing,
    fetcher_of,
    second_source,
    source_of,
    walker_of,
)
from ingestion.ledger.fetch import Fetcher
from ingestion.ledger.ranges import Piece, Range, uncovered
from ingestion.ledger.walker import Walker
from ingestion.quarantine import store as quarantine
from ingestion.quarantine.replay import Replayer
from ingestion.settings import LedgerSettings
from oddsline import postgres

#: A command may wait where a webhook may not.
LOCK_TIMEOUT_MS = 10_000
LAND_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Workshop:
    """What commands that fetch and land need, opened and closed as one."""

    pool: asyncpg.Pool
    walker: Walker
    fetcher: Fetcher
    landing: Landing

    @property
    def replayer(self) -> Replayer:
        """Tries held items again by the landing path."""
        return Replayer(self.pool, self.fetcher.decode, self.landing.land, self.fetcher)


@asynccontextmanager
async def workshop(settings: LedgerSettings) -> AsyncIterator[Workshop]:
    """Open connections of the command's own.

    Raises:
        OSError, asyncpg.PostgresError: PostgreSQL is away.
        RpcError: the provider is.
    """
    async with AsyncExitStack() as opened:
        pool = await postgres.open_pool(settings.database_url, name="backfill", max_size=4)
        opened.push_async_callback(pool.close)
        fees = FeeBook()
        await fees.refresh(pool)
        first = source_of(settings, settings.chain_url)
        opened.push_async_callback(first.close)
        second = await second_source(settings, first)
        if second is not None:
            opened.push_async_callback(second.close)
        # One lander: of those who queue for the landing lock, at most one is a command's.
        lander = Lander(settings.database_url, lock_timeout=LOCK_TIMEOUT_MS, deadline=LAND_SECONDS)
        collector = Collector([lander], batch=50)
        collector.start()
        opened.push_async_callback(collector.close)

        async def hold(held: Sequence[Held]) -> None:
            await quarantine.hold(pool, held, source=SOURCE)

        landing = Landing(collector.land, hold, fees)
        walker = walker_of(settings, pool, landing, first, second)
        yield Workshop(pool, walker, fetcher_of(settings, landing, first), landing)


async def backfill(walker: Walker, span: Range) -> AsyncIterator[list[Piece]]:
    """Settle what of a range is not closed yet; yields each part's verdict once it is recorded.

    Stopping at any moment loses nothing: what was yielded stays closed, and the next run goes on
    with the rest. Slots above the finalized tip are left to the ledger.
    """
    tip = await walker.source.tip()
    whole = Range(span.low, min(span.high, tip))
    if whole.low > whole.high:
        return
    for part in reversed(uncovered(whole, await walker.book.closed(whole.low - 1))):
        async for cut in walker.walk(part, tip=tip):
            yield cut
