"""Commit order is sequence order: a watermark skips nothing, however long commits take."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import pytest

from ingestion.landing.collector import Collector
from ingestion.landing.lander import Lander
from oddsline import postgres
from tests.support.intake import SLOW_COMMITS, until
from tests.unit.ingestion.landables import landable

ROWS = (
    "select seq from raw.events where seq > $1 union all"
    " select seq from raw.instructions where seq > $1 order by seq"
)
LOCK = "perform pg_advisory_xact_lock(7101);"


@dataclass
class Reader:
    """Reads like the fold: new rows above a watermark, which then stands at the last of them."""

    watermark: int = 0
    seen: list[int] = field(default_factory=list)

    async def read(self, connection: asyncpg.Connection) -> None:
        rows = [row["seq"] for row in await connection.fetch(ROWS, self.watermark)]
        self.seen += rows
        self.watermark = max(rows, default=self.watermark)

    @asynccontextmanager
    async def reading(self, url: str) -> AsyncIterator[None]:
        """Read as often as the server answers while the block runs, and once after it."""
        connection = await postgres.connect(url, name="reader")
        stop = asyncio.Event()

        async def run() -> None:
            while not stop.is_set():
                await self.read(connection)

        task = asyncio.create_task(run())
        try:
            yield
        finally:
            stop.set()
            await task
            await self.read(connection)
            await connection.close()


async def caught_up(reader: Reader, owner: asyncpg.Connection) -> bool:
    """Whether the watermark is the last row's."""
    return reader.watermark >= max(await all_rows(owner))


async def all_rows(owner: asyncpg.Connection) -> list[int]:
    return [row["seq"] for row in await owner.fetch(ROWS, 0)]


@pytest.fixture
async def owner(bare_database: str) -> AsyncIterator[asyncpg.Connection]:
    """Of a database in which each commit takes five milliseconds."""
    opened = await postgres.connect(bare_database, name="test")
    await opened.execute(SLOW_COMMITS.format(seconds=0.005))
    yield opened
    await opened.close()


@asynccontextmanager
async def replicas(url: str, count: int) -> AsyncIterator[Sequence[Collector]]:
    """As many processes would land: two connections each, group commits."""
    collectors = [
        Collector([Lander(url, lock_timeout=20_000, deadline=30) for _ in "ab"], batch=7)
        for _ in range(count)
    ]
    for one in collectors:
        one.start()
    yield collectors
    await asyncio.gather(*(one.close() for one in collectors))


async def land_at_once(url: str, requests: range) -> None:
    """Requests of five, shared out over three processes; every fourth is sent to two of them."""
    async with replicas(url, 3) as collectors:
        await asyncio.gather(
            *(
                one.land([landable(n * 5 + k, events=2) for k in range(5)])
                for n in requests
                for place, one in enumerate(collectors)
                if place == n % 3 or (n % 4 == 0 and place == (n + 1) % 3)
            )
        )


async def test_slow_group_commits_of_several_processes_are_seen_in_order(
    bare_database: str, owner: asyncpg.Connection
) -> None:
    """The reader's watermark is at most behind, never past a row that it has not seen."""
    reader = Reader()
    async with reader.reading(bare_database):
        await land_at_once(bare_database, range(120))

    assert await owner.fetchval("select count(*) from raw.transactions") == 600
    assert reader.seen == await all_rows(owner)
    assert len(reader.seen) == 1800


async def test_without_the_landing_lock_the_same_reader_skips_rows(
    bare_database: str, owner: asyncpg.Connection
) -> None:
    """What the lock is for, and that the test above would notice its absence."""
    source = await owner.fetchval("select pg_get_functiondef('raw.land'::regproc)")
    assert LOCK in source
    await owner.execute(source.replace(LOCK, ""))
    reader = Reader()
    async with reader.reading(bare_database), asyncio.timeout(60):
        for start in range(0, 10_000, 60):
            await land_at_once(bare_database, range(start, start + 60))
            await until(lambda: caught_up(reader, owner))
            if reader.seen != await all_rows(owner):
                break

    assert set(reader.seen) < set(await all_rows(owner))
