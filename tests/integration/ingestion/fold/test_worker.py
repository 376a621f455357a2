"""The fold process as a whole, in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from ingestion.fold.publisher import STREAMS, TICKS
from ingestion.fold.settings import FoldSettings
from ingestion.fold.worker import Worker
from oddsline import cache
from oddsline.settings import load
from tests.support.events import Chain, Market, P, land, lives
from tests.support.marts import assert_equals_rebuild


@asynccontextmanager
async def running(settings: FoldSettings) -> AsyncIterator[Worker]:
    """A worker at work."""
    worker, stop = Worker(settings), asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 20) -> None:
    """Wait for an async predicate; slow machines get their time."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 what it asks is in other processes
            await asyncio.sleep(0.02)


@pytest.fixture
def settings(environment: dict[str, str]) -> FoldSettings:
    return load(FoldSettings)


async def test_landed_rows_become_marts_messages_and_ticks(
    settings: FoldSettings, connection: asyncpg.Connection, redis_url: str
) -> None:
    """What lands is folded on its NOTIFY, published, and the tick says up to where."""
    redis: Any = cache.commands(redis_url, name="test")
    events = lives(markets=4, trades=60)
    async with running(settings) as worker:
        await land(connection, events)
        await connection.execute("notify raw_landed")

        async def ticked() -> bool:
            told = await connection.fetchval("select seq from live.cursors where name = 'outbox'")
            latest = await redis.xrevrange(TICKS, count=1)
            return told > 0 and bool(latest) and int(latest[0][1][b"pos"]) == told

        await until(ticked)
        await worker.check()
    sent = sum([await redis.xlen(stream) for stream in STREAMS])
    await redis.aclose()

    assert sent == await connection.fetchval("select count(*) from live.outbox")
    rows = await assert_equals_rebuild(connection)
    assert rows["markets"] == 4


async def test_one_leads_and_the_other_takes_over(
    settings: FoldSettings, connection: asyncpg.Connection
) -> None:
    """Two workers: one folds; when it stops, the other does."""
    market = Market(Chain(), 1)

    async def folded(trades: int) -> bool:
        return await connection.fetchval("select count(*) from marts.trades") == trades

    async with running(settings) as second:
        async with running(settings) as first:

            async def decided() -> bool:
                return first.leading != second.leading

            await until(decided)
            await land(connection, [market.bought(1, P)])
            await until(lambda: folded(1))
        await land(connection, [market.bought(2, P)])
        await until(lambda: folded(2))

        assert second.leading


async def test_a_severed_connection_is_replaced(
    settings: FoldSettings, connection: asyncpg.Connection
) -> None:
    """The server drops the fold's connections: it comes back and folds what landed meanwhile."""
    market = Market(Chain(), 1)
    async with running(settings) as worker:

        async def leading() -> bool:
            return worker.leading

        await until(leading)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        await land(connection, [market.bought(1, P)])

        async def folded() -> bool:
            return await connection.fetchval("select count(*) from marts.trades") == 1

        await until(folded)

        assert worker.leading


async def test_redis_away_holds_back_messages_not_marts(
    settings: FoldSettings, connection: asyncpg.Connection
) -> None:
    """Nobody listens on the Redis port: marts go on, the outbox waits."""
    deaf = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    async with running(deaf):
        await land(connection, [Market(Chain(), 1).bought(1, P)])

        async def folded() -> bool:
            return await connection.fetchval("select count(*) from marts.trades") == 1

        await until(folded)

    assert await connection.fetchval("select count(*) from live.outbox") == 2
