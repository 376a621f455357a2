"""How fresh the marts are: landed to visible at given rates, the most sustained, a rebuild.

    .venv/bin/python -m benchmarks.fold [--seconds N] [--json]

Every mart is on. Trades go over 200 markets and 2,000 wallets, landed 50 times a second.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

import asyncpg

from oddsline.line import Line

MARKETS, WALLETS = 200, 2_000
RATES = (100, 1_000, 3_000)
TICK_S = 0.02
_LAND = (Path(__file__).parent / "sql" / "land_trades.sql").read_text()
_CURSOR = "select seq from live.cursors where name = 'events'"


async def land(connection: asyncpg.Connection, trades: int) -> int:
    """Land one batch; returns its last sequence number."""
    return int(await connection.fetchval(_LAND, trades, MARKETS, WALLETS))


async def visible(url: str, rate: int, seconds: float) -> list[float]:
    """Milliseconds from a batch's commit to the cursor having passed it, at `rate` events/s."""
    lander, watcher = await asyncpg.connect(url), await asyncpg.connect(url)
    waiting: list[tuple[int, float]] = []
    took: list[float] = []
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set() or waiting:
            seen, now = await watcher.fetchval(_CURSOR), time.perf_counter()
            while waiting and waiting[0][0] <= seen:
                took.append((now - waiting.pop(0)[1]) * 1000)
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    for n in range(int(seconds / TICK_S)):
        await asyncio.sleep(max(0.0, started + n * TICK_S - time.perf_counter()))
        seq = await land(lander, max(1, int(rate * TICK_S)))
        waiting.append((seq, time.perf_counter()))
    done.set()
    await asyncio.wait_for(watching, 60)
    await lander.close()
    await watcher.close()
    return took


async def drained(url: str, trades: int) -> float:
    """Events per second while the fold works off a backlog of so many."""
    connection = await asyncpg.connect(url)
    for _ in range(trades // 2_000):
        seq = await land(connection, 2_000)
    behind, started = seq - await connection.fetchval(_CURSOR), time.perf_counter()
    while await connection.fetchval(_CURSOR) < seq:  # noqa: ASYNC110 another process moves it
        await asyncio.sleep(0.01)
    took = time.perf_counter() - started
    await connection.close()
    return float(behind / took)


async def rebuilt(url: str) -> float:
    """Seconds per million events to compute every mart from raw."""
    connection = await asyncpg.connect(url)
    events = await connection.fetchval("select count(*) from raw.events")
    started = time.perf_counter()
    for model in await connection.fetch("select name, definition from live.models"):
        await connection.execute(
            "create temp table rebuilt as with new_events as not materialized "
            "(select * from live.event_rows(0, 9223372036854775807)), "
            f"new_votes as (select * from raw.votes) select * from ({model['definition']}) as d"
        )
        await connection.execute("drop table rebuilt")
    took = time.perf_counter() - started
    await connection.close()
    return float(took / events * 1_000_000)


async def measure(url: str, seconds: float) -> dict[str, float]:
    """All figures of one line."""
    connection = await asyncpg.connect(url)
    await connection.execute("select raw.ensure_partitions(300000000)")
    await connection.close()
    await visible(url, 200, 2)
    figures: dict[str, float] = {}
    for rate in RATES:
        took = await visible(url, rate, seconds)
        cuts = statistics.quantiles(took, n=100)
        figures |= {f"visible_ms_p{p}_at_{rate}": round(cuts[p - 1], 1) for p in (50, 95, 99)}
    figures["events_per_s"] = round(await drained(url, 40_000))
    figures["rebuild_s_per_million"] = round(await rebuilt(url), 1)
    return figures


def main() -> None:
    """Start a line with PostgreSQL, Valkey and the fold, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with Line.private(("postgres", "valkey", "fold")) as line:
        figures = asyncio.run(measure(line.database_url, options.seconds))
        version = asyncio.run(_version(line.database_url))
    for key, value in figures.items():
        print(f"{key:28} {value:>12,}")
    if options.json:
        print(json.dumps({"name": "fold", "machine": _machine(version), "figures": figures}))


async def _version(url: str) -> str:
    connection = await asyncpg.connect(url)
    version = await connection.fetchval("show server_version")
    await connection.close()
    return str(version)


def _machine(version: str) -> dict[str, Any]:
    import platform

    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    python = platform.python_version()
    return {"cores": os.cpu_count(), "cpu": cpu, "python": python, "postgres": version}


if __name__ == "__main__":
    main()
