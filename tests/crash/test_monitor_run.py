"""kill -9 of the monitor's run between any two of its steps: nothing twice, nothing lost."""

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from chain.local.acts import Market
from chain.program.states import State
from oddsline.settings import PREFIX
from tests.crash.monitor_run import main
from tests.support.dying import FORKS
from tests.support.keeping import Ground, executed, ground

MARKETS = 6
KILLS = 3
LIES = {"seed": 5, "drop_send": 0.3, "land_and_time_out": 0.3, "lag": 0.1, "lag_slots": 4}


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
    process = FORKS.Process(target=main, args=(env, config), daemon=True)
    process.start()
    if dies_after_s is not None:
        await asyncio.to_thread(process.join, dies_after_s)
        process.kill()
    await asyncio.to_thread(process.join, 120)
    assert process.exitcode is not None
    return process.exitcode


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
