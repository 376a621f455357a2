"""A full rebuild of every mart beside the running fold, and what landing feels of it."""

import asyncio
import tempfile
import time
from pathlib import Path

import asyncpg

from benchmarks._harness import percentile
from benchmarks.freshness.landing import at_rate, land
from oddsline import marts
from oddsline.line import Line

RATE = 1_000  # events/s landed meanwhile
_REBUILD = ("run", "--full-refresh", "--select", "config.materialized:live")


async def rebuilt(line: Line, events: int, seconds: float) -> dict[str, float]:
    """Seconds per million events, and landing's p99 during the rebuild over its p99 before."""
    total = await _fill(line, events)
    before = [took async for _, _, took in at_rate(line.database_url, RATE, seconds)]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as target:
        building = asyncio.create_task(
            asyncio.to_thread(
                marts.build, line.database_url, target=Path(target), arguments=_REBUILD
            )
        )
        during = []
        while not building.done():
            during += [took async for _, _, took in at_rate(line.database_url, RATE, 1)]
        await building
    took_s = time.perf_counter() - started
    return {
        "rebuild_s_per_million": round(took_s / total * 1_000_000, 1),
        "landing_ms_p99_before": round(percentile(before, 99), 1),
        "landing_ms_p99_during": round(percentile(during, 99), 1),
        "landing_p99_ratio_during_rebuild": round(
            percentile(during, 99) / percentile(before, 99), 2
        ),
    }


async def _fill(line: Line, events: int) -> int:
    """Raw events up to so many, which the rebuild is to be the first to fold."""
    line.stop("fold")
    connection = await asyncpg.connect(line.database_url)
    total = int(await connection.fetchval("select count(*) from raw.events"))
    while total < events:
        await land(connection, 20_000)
        total += 20_000
    await connection.execute("vacuum analyze raw.events")
    await connection.execute("vacuum analyze raw.transactions")
    await connection.execute(
        "update live.cursors set seq = (select max(seq) from raw.events) where name = 'events'"
    )
    await connection.execute("checkpoint")
    await connection.close()
    line.start("fold")
    return total
