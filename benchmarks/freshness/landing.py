"""Trades landed straight into raw, the way the intake does it: under its lock, one NOTIFY each."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

MARKETS, WALLETS = 200, 2_000
#: Seconds between two batches at a given rate: what the intake's group commits come to.
TICK_S = 0.02
#: The slots that land_trades.sql counts up from.
FIRST_SLOT = 300_000_000

_LAND = (Path(__file__).parents[1] / "sql" / "land_trades.sql").read_text()


async def prepare(url: str) -> None:
    """The partitions that landed slots fall into."""
    connection = await asyncpg.connect(url)
    await connection.execute("select raw.ensure_partitions($1)", FIRST_SLOT)
    await connection.close()


async def land(connection: asyncpg.Connection, trades: int) -> int:
    """Land one batch; returns its last sequence number."""
    return int(await connection.fetchval(_LAND, trades, MARKETS, WALLETS))


async def at_rate(url: str, rate: int, seconds: float) -> AsyncIterator[tuple[int, float, float]]:
    """Land `rate` trades/s at fixed moments.

    Yields the last sequence number, when it was committed (time.perf_counter), and the
    milliseconds from when the batch was due until then.
    """
    connection = await asyncpg.connect(url)
    try:
        started = time.perf_counter()
        for n in range(int(seconds / TICK_S)):
            due = started + n * TICK_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            seq = await land(connection, max(1, round(rate * TICK_S)))
            committed = time.perf_counter()
            yield seq, committed, (committed - due) * 1000
    finally:
        await connection.close()
