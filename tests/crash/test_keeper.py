"""kill -9 of the keeper between any two steps, on a node that lies: nothing twice, nothing lost."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import asyncpg
import httpx2
import pytest

from chain.local.acts import Market
from chain.local.client import Refused
from chain.program import instructions
from chain.program.states import State
from chain.rpc_errors import RpcError
from tests.support.keeping import Ground, executed, ground

MARKETS = 20
KILLS = 6
SLOT_MS = 50  # a blockhash lives 150 slots: longer than a keeper needs to start on a busy machine
LIES: dict[str, dict[str, float]] = {
    "sends are lost, or land and time out": {
        "drop_send": 0.3, "land_and_time_out": 0.3, "height_is_slot": 0.5,
    },
    "statuses hide errors on a node that lags": {
        "hide_error": 1, "lag": 0.1, "lag_slots": 6, "episode_slots": 8, "drop_send": 0.2,
    },
}  # fmt: skip


async def keeper(env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "chain.keeper", env=env)


async def all_ended(connection: asyncpg.Connection) -> bool:
    waiting = "select count(*) from ops.transitions where state not in ('done', 'failed')"
    return not await connection.fetchval(waiting)


async def caught(connection: asyncpg.Connection, pid: int, dice: random.Random) -> bool:
    """Wait for a keeper to have intents in hand, then a little; False = there are none left."""
    busy = """
        select count(*) from ops.transitions
        where state in ('leased', 'sent') and lease_owner like '%:' || $1
    """
    while not await all_ended(connection):
        if await connection.fetchval(busy, str(pid)):
            await asyncio.sleep(dice.random() * 0.25)
            return True
        await asyncio.sleep(0.005)
    return False


async def alive(world: Ground, port: str) -> bool:
    """Whether the keeper answers yet: before that a SIGTERM is Python's own."""
    try:
        return (await world.node.http.get(f"http://127.0.0.1:{port}/livez")).status_code == 200
    except httpx2.HTTPError:
        return False


async def struck_down(world: Ground, times: int) -> int:
    """Kill keepers in the midst of their work; how often one had something in hand."""
    env, dice, struck = os.environ | world.environment(), random.Random(3), 0
    for _ in range(times):
        process = await keeper(env)
        struck += await caught(world.connection, process.pid, dice)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    return struck


async def rival(world: Ground, markets: list[Market]) -> None:
    """Somebody else who approves the same markets, each in one transaction: ours then fail."""
    program, roles = world.client.program, world.roles
    backend, admin = str(roles.backend.pubkey()), str(roles.admin.pubkey())
    for market in markets:
        address = market.address
        steps = (
            instructions.aggregate_proposal_votes(
                program, market=address, backend_authority=backend, likes=8, dislikes=2
            ),
            instructions.approve_proposal(program, market=address, admin=admin),
            instructions.activate_market(program, market=address, authority=admin),
        )
        with contextlib.suppress(Refused, RpcError):  # the keeper was quicker, or the node lied
            await world.client.send(*steps, signers=[roles.admin, roles.backend])


async def finish(world: Ground) -> None:
    """One keeper that lives until everything has ended, and ends well itself."""
    env = world.environment()
    process = await keeper(os.environ | env)
    port = env["ODDSLINE_KEEPER_PORT"]
    async with asyncio.timeout(300):
        while not await all_ended(world.connection) or not await alive(world, port):
            assert process.returncode is None, "the keeper died by itself"
            await asyncio.sleep(0.2)
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def each_happened_once(world: Ground, markets: list[Market]) -> None:
    """By the database no intent is lost, by the chain none was executed twice."""
    rows = await world.connection.fetch("select state, error_name from ops.transitions")
    assert Counter(row["state"] for row in rows) == {"done": len(markets)}, rows
    for market in markets:
        counts = await executed(world.client, market.address)
        assert (await market.account()).state is State.ACTIVE
        assert counts["ProposalApproved"] == counts["MarketActivated"] == 1
        assert counts["ProposalAggregated"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("lies", LIES.values(), ids=LIES)
async def test_a_killed_keeper_executes_nothing_twice_and_loses_nothing(
    bare_database: str, tmp_path: Path, lies: dict[str, float]
):
    """Aggregate, approve and activate in one transaction each, under everything a node does."""
    async with ground(bare_database, tmp_path, chain_slot_ms=SLOT_MS) as world:
        markets = await world.propose(MARKETS)
        for market in markets:
            args = {"likes": 8, "dislikes": 2, "activate": True, "memo": f"m {market.market_id}"}
            await world.open(market.address, "approve_proposal", args)
        await world.order(seed=7, **lies)

        struck, _ = await asyncio.gather(
            struck_down(world, KILLS), rival(world, markets[: MARKETS // 2])
        )
        await finish(world)
        told = await world.struck()
        await world.order()

        assert struck > 1
        assert set(lies) - {"lag_slots", "episode_slots"} <= set(told), told
        await each_happened_once(world, markets)
