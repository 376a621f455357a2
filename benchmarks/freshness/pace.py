"""From landed to visible at given rates, and the most the fold sustains."""

import asyncio
import time

import asyncpg

from benchmarks.freshness.landing import at_rate, land

_CURSOR = "select seq from live.cursors where name = 'events'"
#: Rows ahead of the fold between which saturation keeps the backlog.
BACKLOG = (10_000, 20_000)


async def visible(url: str, rate: int, seconds: float) -> list[float]:
    """Milliseconds from a batch's commit to the cursor having passed it, at `rate` events/s."""
    waiting: list[tuple[int, float]] = []
    took: list[float] = []
    done = asyncio.Event()

    async def watch() -> None:
        watcher = await asyncpg.connect(url)
        while not done.is_set() or waiting:
            seen, now = await watcher.fetchval(_CURSOR), time.perf_counter()
            while waiting and waiting[0][0] <= seen:
                took.append((now - waiting.pop(0)[1]) * 1000)
            await asyncio.sleep(0.001)
        await watcher.close()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch())
        async for seq, committed, _ in at_rate(url, rate, seconds):
            waiting.append((seq, committed))
        done.set()
    return took


async def sustained(url: str, seconds: float) -> float:
    """Events folded per second while another connection lands as many as the fold takes."""
    lander, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
    behind = asyncio.Event()
    landed = 0

    async def keep_landing() -> None:
        nonlocal landed
        while True:
            await behind.wait()
            landed = await land(lander, 1_000)

    landing = asyncio.create_task(keep_landing())
    first, started = await watcher.fetchval(_CURSOR), time.perf_counter()
    warm = started + 1
    while (now := time.perf_counter()) < warm + seconds:
        seen = await watcher.fetchval(_CURSOR)
        if now < warm:
            first, started = seen, now
        if landed - seen < BACKLOG[0]:
            behind.set()
        elif landed - seen > BACKLOG[1]:
            behind.clear()
        await asyncio.sleep(0.01)
    took = time.perf_counter() - started
    landing.cancel()
    await asyncio.gather(landing, return_exceptions=True)
    lander.terminate()
    await drained(watcher)
    await watcher.close()
    return float((seen - first) / took)


async def drained(connection: asyncpg.Connection) -> None:
    """Until nothing is left to fold."""
    while await connection.fetchval(  # noqa: ASYNC110 another process moves the cursor
        "select exists (select from raw.events where seq > (" + _CURSOR + "))"
    ):
        await asyncio.sleep(0.05)


async def hot_share(url: str) -> float:
    """Of the marts' updated rows, the part that touched no index (HOT), in percent."""
    await asyncio.sleep(1.5)  # a backend's counts are told once a second
    connection = await asyncpg.connect(url)
    share = await connection.fetchval(
        "select 100.0 * sum(n_tup_hot_upd) / nullif(sum(n_tup_upd), 0) "
        "from pg_stat_user_tables where schemaname = 'marts' and relname <> 'market_rank'"
    )
    await connection.close()
    return float(share)
