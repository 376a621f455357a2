"""kill -9 of the monitor's run between any two of its steps: nothing twice, nothing lost."""

import asyncio
import json
import os
import random
import signal
import sys
from pathlib import Path

import pytest

from chain.local.acts import Market
from chain.program.states import State
from oddsline.settings import PREFIX
from tests.support.keeping import Ground, executed, ground

MARKETS = 6
KILLS = 3
LIES = {"seed": 5, "drop_send": 0.3, "land_and_time_out": 0.3, "lag": 0.1, "lag_slots": 4}
#: A run as Dagster's launcher has it: a process of its own.
RUN = """
import json, sys
import dagster as dg
from orchestration.monitor.definitions import advance_due_markets
with dg.DagsterInstance.ephemeral() as instance:
    print("begins", flush=True)
    run = advance_due_markets.execute_in_process(
        instance=instance, run_config=json.loads(sys.argv[1]), raise_on_error=False
    )
sys.exit(not run.success)
"""


async def run(
    env: dict[str, str], markets: list[Market], *, dies_after_s: float | None = None
) -> int:
    """A run of the monitor's job on these markets, killed after so long; its exit code."""
    batch = [
        {
            "market_id": market.market_id,
            "market_address": market.address,
            "state": "RESOLVING",
            "action": "finalize_market",
            "round": "resolved",
        }
        for market in markets
    ]
    config = {"ops": {"advance_markets": {"config": {"markets": batch}}}}
    command = [sys.executable, "-W", "ignore", "-c", RUN, json.dumps(config)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=pipe)
    if dies_after_s is not None:
        assert process.stdout is not None
        await process.stdout.readline()  # it has loaded, and begins
        await asyncio.sleep(dies_after_s)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert process.returncode is not None
    return process.returncode


async def due(world: Ground) -> list[Market]:
    """Markets that were resolved and whose dispute period is over."""
    markets = await world.propose(MARKETS)
    for step in ("count", "approve", "activate"):
        given = {"likes": 8, "dislikes": 2} if step == "count" else {}
        await asyncio.gather(*(getattr(market, step)(**given) for market in markets))
    await world.node.advance(seconds=5)
    await asyncio.gather(*(market.resolve(market.creator, yes=True) for market in markets))
    await world.node.advance(seconds=5)
    return markets


@pytest.mark.slow
async def test_a_killed_run_loses_nothing_and_repeats_nothing(database: str, tmp_path: Path):
    """Dead before its intents, among them, or while it waits: the next run finds what is there."""
    async with ground(database, tmp_path) as world:
        markets = await due(world)
        ours = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        env = ours | world.environment() | {"ODDSLINE_MONITOR_WAIT_S": "40"}
        dice = random.Random(1)
        await world.order(**LIES)

        async with world.keeping():
            codes = [
                await run(env, markets, dies_after_s=dice.random() * 0.4) for _ in range(KILLS)
            ]
            last = await run(env, markets)
        await world.order()

        assert -signal.SIGKILL in codes
        assert last == 0
        ends = await world.connection.fetch(
            "select market_address, state::text, count(*) as n from ops.transitions group by 1, 2"
        )
        assert {(row["market_address"], row["state"], row["n"]) for row in ends} == {
            (market.address, "done", 1) for market in markets
        }
        assert await world.connection.fetchval("select count(*) from ops.dead_letters") == 0
        for market in markets:
            assert (await market.account()).state is State.FINALIZED
            assert (await executed(world.client, market.address))["MarketFinalized"] == 1
