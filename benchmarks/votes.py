"""Votes: posting ballots, counting them, proving them.

    .venv/bin/python -m benchmarks.votes [--seconds N] [--json]

Posting: a line with its local chain and one proposed market on it; 100 connections, each ballot of
a wallet of its own, signed ahead, under a key (limits on, its limit raised). First all 100 at the
same moment, again and again; then each as soon as it was answered. Counting: 100,000 really signed
ballots of 500 wallets over 200 markets, counted, decided, hashed into both trees and recorded as
the schedule's run does it (no market passes, so nothing is recounted and sent). Proving: 100,000
ballots of one market, asked over REST for one wallet after the other, the first right after the
tally was recorded.
"""

import asyncio
import time
from collections.abc import Sequence
from random import Random

import asyncpg
import httpx
import uvloop
from solders.keypair import Keypair

from benchmarks import ballots
from benchmarks._harness import Figures, percentile, run, server_version
from benchmarks.load import posting
from benchmarks.load.posting import Poster
from chain.program.accounts import GlobalConfig
from oddsline.line import Line
from orchestration.chain_view import Moment
from orchestration.settings import OrchestrationSettings
from orchestration.voting import carry
from votes.ballot import Domain

CONNECTIONS = 100
MARKETS, WALLETS = 200, 500
PROVEN = 100_000
PROOFS = 400
DOMAIN = Domain("localhost", "1" * 32, "1" * 32)
ABOUT = {
    "submit_ms_p95_100": f"POST a ballot, {CONNECTIONS} at the same moment, until its receipt",
    "votes_per_s": f"verified, stored and cached, {CONNECTIONS} connections",
    "aggregate_100k_s": f"{MARKETS * WALLETS:,} ballots over {MARKETS} markets, recorded",
    "proof_ms_p95": f"GET a proof among {PROVEN:,} ballots, {PROOFS} wallets, the first included",
    "proof_first_ms": "of which the first of the tally",
}


def measure(seconds: float) -> tuple[Figures, str]:
    """All phases; the figures and PostgreSQL's version."""
    with (
        Line.private(("postgres", "valkey", "chain", "ingestion", "fold", "api")) as line,
        # The generator shares the machine with what it measures: the leaner of two loops.
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        bursts, rate = runner.run(_submit(line, seconds))
    with Line.private(("postgres", "valkey", "api")) as line:
        spent = asyncio.run(_aggregate(line))
        proofs = asyncio.run(_prove(line))
        version = server_version(line.database_url)
    return {
        "submit_ms_p95_100": round(percentile(bursts, 95), 1),
        "votes_per_s": round(rate),
        "aggregate_100k_s": round(spent, 2),
        "proof_ms_p95": round(percentile(proofs, 95), 2),
        "proof_first_ms": round(proofs[0], 1),
    }, version


async def _submit(line: Line, seconds: float) -> tuple[list[float], float]:
    """Milliseconds of each ballot of the bursts, and ballots a second at saturation."""
    market_id = await posting.proposed(line)
    domain, round_ = await posting.asked(line, market_id)
    posters = [await Poster.open(line, market_id) for _ in range(CONNECTIONS)]

    def signed(count: int) -> list[bytes]:
        return ballots.bodies(domain, market_id, round_, [Keypair() for _ in range(count)])

    bursts: list[float] = []
    until = time.monotonic() + seconds
    for n in range(1_000_000):
        batch = signed(CONNECTIONS)
        spent = await asyncio.gather(*map(Poster.post, posters, batch))
        bursts += spent if n else []  # the first finds cold caches and connections
        if time.monotonic() > until:
            break
    waiting = signed(int(4_000 * seconds))
    began, count = time.monotonic(), 0

    async def pour(poster: Poster) -> None:
        nonlocal count
        while waiting and time.monotonic() - began < seconds:
            await poster.post(waiting.pop())
            count += 1

    await asyncio.gather(*map(pour, posters))
    return bursts, count / (time.monotonic() - began)


async def _aggregate(line: Line) -> float:
    """Seconds of one run over everything that is open."""
    keys = [Keypair() for _ in range(WALLETS)]
    connection = await asyncpg.connect(line.database_url)
    count = await ballots.seed(connection, DOMAIN, ballots.market_ids(1, MARKETS), keys)
    settings = line.settings(OrchestrationSettings)
    began = time.perf_counter()
    told = await asyncio.to_thread(_run, settings)
    spent = time.perf_counter() - began
    recorded = await connection.fetchval("select sum(voters) from ops.tallies")
    await connection.execute("truncate raw.votes, ops.tallies, ops.tally_trees, marts.markets")
    await connection.close()
    if (told, recorded) != (MARKETS, count):
        raise RuntimeError(f"{told} markets told, {recorded} of {count} ballots recorded")
    return spent


def _run(settings: OrchestrationSettings) -> int:
    _, told = carry.settle(settings, carry.count(settings, _moment()), "benchmark")
    return len(told)


async def _prove(line: Line) -> list[float]:
    """Milliseconds of each proof, in the order they were asked for."""
    keys = [Keypair() for _ in range(PROVEN)]
    (market_id,) = ballots.market_ids(1_000_000, 1)
    connection = await asyncpg.connect(line.database_url)
    await ballots.seed(connection, DOMAIN, [market_id], keys)
    await connection.close()
    await asyncio.to_thread(_run, line.settings(OrchestrationSettings))
    asked = Random(5).sample(keys, PROOFS)
    return await _ask(line, [f"/votes/{market_id}/proof/{key.pubkey()}" for key in asked])


async def _ask(line: Line, paths: Sequence[str]) -> list[float]:
    spent: list[float] = []
    headers = {"X-API-Key": line.service_key}
    async with httpx.AsyncClient(
        base_url=line.url("api"), headers=headers, trust_env=False, timeout=60
    ) as client:
        for path in paths:
            began = time.perf_counter()
            (await client.get(path)).raise_for_status()
            spent.append((time.perf_counter() - began) * 1000)
    return spent


def _moment() -> Moment:
    """Now, under the configuration that the program starts with."""
    config = GlobalConfig(
        "", "", "", 300, 200, 500, 7000, 6000, 86_400, 259_200, 0, is_paused=False
    )
    return Moment(int(time.time()), config, 1)


if __name__ == "__main__":
    run("votes", measure, seconds=8, about=ABOUT)
