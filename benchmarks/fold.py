"""How fresh the marts are, what a rebuild costs, how fast the API's statements are.

    .venv/bin/python -m benchmarks.fold [--seconds N] [--size small|normal|big] [--phases …] [--json]

Every mart is on. Freshness: trades over 200 markets and 2,000 wallets, landed 50 times a second
into raw by SQL on the machine that folds them. Rebuild: dbt's full refresh of every live mart from
raw (1 M events; small 200 k) while the fold runs and 1,000 events/s land. Statements: the API's
own .sql under its own roles on 3 M trades, 300 k positions, 5 k markets (big: 10 M, 1 M, 20 k;
small: 300 k, 30 k, 1 k), none of whose plans may read a big mart whole.
"""

import argparse
import asyncio

from benchmarks._harness import Figures, percentile, run, server_version
from benchmarks.freshness import landing, pace, rebuild, statements
from benchmarks.freshness.statements import Size
from oddsline.line import Line

RATES = (100, 1_000, 3_000)
SIZES = {
    "small": (200_000, Size(300_000, 30_000, 1_000)),
    "normal": (1_000_000, Size(3_000_000, 300_000, 5_000)),
    "big": (1_000_000, Size(10_000_000, 1_000_000, 20_000)),
}
PHASES = ("pace", "rebuild", "statements")
OPTIONS = argparse.ArgumentParser(add_help=False)
OPTIONS.add_argument("--size", choices=SIZES, default="normal", help="of the state")
OPTIONS.add_argument("--phases", nargs="+", choices=PHASES, default=PHASES, help="only these")
ABOUT = {
    **{
        f"visible_ms_p{p}_at_{rate}": f"landed to visible, {rate:,} events/s"
        for rate in RATES
        for p in (50, 95, 99)
    },
    "events_per_s": "the most the fold sustains while as many land",
    "hot_update_share": "% of the marts' updates that touched no index",
    "rebuild_s_per_million": "full refresh of every live mart by dbt, beside the fold",
    "landing_ms_p99_before": "a batch's commit, from when it was due, 1,000 events/s",
    "landing_ms_p99_during": "the same during the rebuild",
    "landing_p99_ratio_during_rebuild": "the second over the first",
    "query_ms_p95_max": "the slowest of the API's statements",
}


def measure(seconds: float) -> tuple[Figures, str]:
    """The chosen phases; the figures and PostgreSQL's version."""
    options = OPTIONS.parse_known_args()[0]
    events, size = SIZES[options.size]
    figures: Figures = {}
    if {"pace", "rebuild"} & set(options.phases):
        with Line.private(("postgres", "valkey", "fold")) as line:
            asyncio.run(landing.prepare(line.database_url))
            if "pace" in options.phases:
                figures |= asyncio.run(_pace(line.database_url, seconds))
            if "rebuild" in options.phases:
                figures |= asyncio.run(rebuild.rebuilt(line, events, seconds))
            version = server_version(line.database_url)
    if "statements" in options.phases:
        with Line.private(("postgres",)) as line:
            figures |= asyncio.run(_statements(line, size))
            version = server_version(line.database_url)
    return figures, version


async def _pace(url: str, seconds: float) -> Figures:
    await pace.visible(url, 200, 2)  # warm
    figures: Figures = {}
    for rate in RATES:
        took = await pace.visible(url, rate, seconds)
        figures |= {f"visible_ms_p{p}_at_{rate}": percentile(took, p) for p in (50, 95, 99)}
    figures["events_per_s"] = round(await pace.sustained(url, seconds))
    figures["hot_update_share"] = await pace.hot_share(url)
    return figures


async def _statements(line: Line, size: Size) -> Figures:
    await statements.seed(line.database_url, size)
    took = await statements.timed(line, size)
    told = {f"query_ms_p95 {name}": value for name, value in sorted(took.items())}
    return told | {"query_ms_p95_max": max(took.values())}


def main() -> None:
    """Start what it needs on free ports, measure, print."""
    run("fold", measure, seconds=8, about=ABOUT, options_of_its_own=(OPTIONS,))


if __name__ == "__main__":
    main()
