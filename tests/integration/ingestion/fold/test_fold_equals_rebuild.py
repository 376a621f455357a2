"""However rows arrive, the marts are what a rebuild from raw would give."""

import asyncio
import random

import asyncpg
import pytest

from oddsline import postgres
from tests.support.events import land, lives, shuffled
from tests.support.marts import assert_equals_rebuild, fold


@pytest.mark.parametrize("batch", [1, 7, 20_000])
async def test_batches_of_any_size_give_the_same_rows(
    connection: asyncpg.Connection, batch: int
) -> None:
    """Folding row by row, in odd batches or all at once equals a rebuild."""
    await land(connection, lives(markets=6, trades=120))

    await fold(connection, rows=batch)

    rows = await assert_equals_rebuild(connection)
    assert rows["markets"] == 6
    assert rows["trades"] > 90


async def test_the_order_of_arrival_never_shows(connection: asyncpg.Connection) -> None:
    """Shuffled, repeated and split deliveries end in the rows an orderly delivery gives."""
    events = lives(markets=8, trades=200, seed=3)
    rng = random.Random(3)
    mixed = shuffled(events, rng)
    while mixed:
        size = rng.randrange(1, 30)
        await land(connection, mixed[:size])
        mixed = mixed[size:]
        if rng.random() < 0.5:
            await fold(connection, rows=rng.choice([5, 50, 20_000]))
    await fold(connection)

    rows = await assert_equals_rebuild(connection)
    assert rows["trades"] == len([e for e in events if e.name.startswith("Shares")])


async def test_concurrent_writers_lose_and_double_nothing(
    connection: asyncpg.Connection, database: str
) -> None:
    """Four writers landing overlapping halves while the fold runs: every trade is there once."""
    events = lives(markets=10, trades=400, seed=5)
    rng = random.Random(5)
    done = asyncio.Event()

    async def write(seed: int) -> None:
        writer = await postgres.connect(database, name="test-writer")
        mine = shuffled(rng.sample(events, len(events) // 2), random.Random(seed))
        for start in range(0, len(mine), 20):
            await land(writer, mine[start : start + 20])
        await writer.close()

    async def keep_folding() -> None:
        while not done.is_set():
            await fold(connection, rows=64)
            await asyncio.sleep(0.005)

    folding = asyncio.create_task(keep_folding())
    await asyncio.gather(*(write(seed) for seed in range(4)))
    done.set()
    await folding
    await land(connection, events)
    await fold(connection)

    rows = await assert_equals_rebuild(connection)
    assert rows["trades"] == len([e for e in events if e.name.startswith("Shares")])
