"""The monitor's speed: many markets due in one moment, until all are final on chain and in marts.

    .venv/bin/python -m benchmarks.monitor [--seconds N] [--json] [--markets N] [--faults]

A line with its local chain (400 ms slots), keeper and Dagster's daemon and live code location; the
other location is left out, since its ten-minute builds would be measured too. Markets are traded
700 s and resolved by the chain's clock, which is then set forward past the dispute period: the
sensor's tick, the run's start, accounts, intents, signatures, landings, webhooks and the fold all
count. `--seconds` is how long it may take. With `--faults` the node loses, hides, lags and refuses
meanwhile, and deliveries are lost.
"""

import argparse
import asyncio
import time
from dataclasses import dataclass

import asyncpg
import httpx2
from rich.console import Console

from benchmarks._harness import Figures, machine, percentile, run, server_version, table
from benchmarks.due.crowd import ENVIRONMENT, LOOK_S, PROCESSES, Crowd, until
from benchmarks.due.outcome import Outcome, outcome
from chain.rpc import Rpc
from oddsline.line import Line

MARKETS = 500
#: What providers do to a keeper, each with a probability.
FAULTS = {
    "seed": 5,
    "drop_send": 0.15,
    "land_and_time_out": 0.15,
    "height_is_slot": 0.3,
    "hide_error": 0.3,
    "no_index": 0.3,
    "storm": 0.02,
    "lag": 0.02,
    "drop": 0.05,
    "duplicate": 0.2,
    "shuffle": 0.5,
}
SETTLING_S = 120
LEAST_PERCENT = 99.0
ABOUT = {
    "markets": "due in one moment",
    "finalize_500_s": "due to final on chain and in marts, all of them",
    "finalize_all_s": "due to final on chain and in marts, all of them",
    "detect_s_p50": "due to signed and sent",
    "detect_s_p95": "due to signed and sent",
    "double_sends": "finalizations on chain beyond the first, of all markets",
    "success_percent": "of the keeper's endings: done, not failed",
    "attempts": "leases the keeper took for them",
    "expired": "signed, never landed, provably dead",
    "dead_letters": "transitions that retries did not bring home",
    "faults_struck": "by the node and its webhooks, meanwhile",
}


@dataclass(frozen=True)
class Measured:
    """One run: seconds from due to final, and what the line's rows say of it."""

    seconds: float
    outcome: Outcome
    struck: int


def own_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--markets", type=int, default=MARKETS)
    parser.add_argument("--faults", action="store_true", help="with a misbehaving node")
    return parser


def measure(seconds: float) -> tuple[Figures, str]:
    """All of it; the figures and PostgreSQL's version."""
    options, _ = own_options().parse_known_args()
    with Line.private(PROCESSES, env=ENVIRONMENT) as line:
        plan = FAULTS if options.faults else {}
        measured = asyncio.run(play(line, options.markets, plan, within_s=seconds))
        version = server_version(line.database_url)
    return figures(options.markets, measured), version


def judge(markets: int, *, within_s: float = 240) -> int:
    """The same under faults, as a verdict: 0 = 99 of 100 ended well and nothing landed twice."""
    with Line.private(PROCESSES, env=ENVIRONMENT, durable=False) as line:
        measured = asyncio.run(play(line, markets, FAULTS, within_s=within_s))
        told = machine(server_version(line.database_url))
    Console().print(table("monitor under faults", figures(markets, measured), ABOUT, told))
    found = measured.outcome
    return int(found.success_percent < LEAST_PERCENT or found.double_sends > 0)


def figures(markets: int, measured: Measured) -> Figures:
    """What was measured, by the names that stay."""
    found = measured.outcome
    key = "finalize_500_s" if markets == MARKETS else "finalize_all_s"
    told: Figures = {
        "markets": markets,
        key: round(measured.seconds, 1),
        "detect_s_p50": round(percentile(found.sent_s, 50), 1),
        "detect_s_p95": round(percentile(found.sent_s, 95), 1),
        "double_sends": found.double_sends,
        "success_percent": round(found.success_percent, 2),
        "attempts": found.attempts,
        "expired": found.expired,
        "dead_letters": found.dead_letters,
    }
    return told | ({"faults_struck": measured.struck} if measured.struck else {})


async def play(line: Line, count: int, plan: dict[str, float], *, within_s: float) -> Measured:
    """Make markets due on a line and wait until all are final."""
    connection = await asyncpg.connect(line.database_url)
    async with Rpc(line.url("chain")) as rpc, httpx2.AsyncClient(timeout=30) as http:
        crowd = Crowd(line, rpc, http, count)
        await crowd.resolve()
        await until(
            connection,
            "select count(*) from marts.markets where state = 'RESOLVING'",
            count,
            SETTLING_S,
        )
        await until(
            connection,
            "select count(*) from dagster.job_ticks where status = 'SKIPPED'",
            1,
            SETTLING_S,
        )
        await crowd.misbehave(plan)
        due_at = await crowd.become_due()
        await until(
            connection,
            "select count(*) from marts.markets where state = 'FINALIZED'",
            count,
            within_s,
        )
        async with asyncio.timeout(within_s):
            while await crowd.final() < count:  # noqa: ASYNC110 the chain is no event
                await asyncio.sleep(LOOK_S)
        seconds = time.time() - due_at
        struck = await crowd.misbehave({})
        finalized = await crowd.finalizations()
    assert sum(finalized.values()) >= count, "the chain's history lacks finalizations"
    found = await outcome(connection, due_at, finalized)
    await connection.close()
    return Measured(seconds, found, sum(struck.values()))


if __name__ == "__main__":
    run("monitor", measure, seconds=120, about=ABOUT, options_of_its_own=[own_options()])
