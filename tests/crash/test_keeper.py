"""kill -9 of the keeper between any two steps, on a node that lies: nothing twice, nothing lost."""

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import asyncpg
import httpx2
import pytest
from solders.keypair import Keypair

from chain.decode import decode
from chain.local.acts import Market
from chain.local.client import SOL, Client
from chain.local.genesis import genesis
from chain.local.roles import Roles
from chain.local.settings import LOCAL_PROGRAM_ID
from chain.program.fee_schedule import FeeSchedule
from chain.program.interface import load_program
from chain.program.states import State
from chain.rpc import Rpc
from chain.transactions import Transaction, transaction_from
from oddsline import postgres
from oddsline.embedded.program import free_port
from oddsline.settings import Settings
from tests.integration.chain.local.conftest import Node, started

MARKETS = 20
LIES = {"seed": 7, "drop_send": 0.3, "land_and_time_out": 0.3, "height_is_slot": 0.5}
OPEN = """
insert into ops.transitions (idempotency_key, market_id, market_address, action, args, role)
values ($1, $2, $3, 'approve_proposal', $4, 'admin')
"""


def environment(database: str, url: str, home: Path) -> dict[str, str]:
    """A keeper's own, impatient settings."""
    keys = {
        f"ODDSLINE_KEYPAIR_{role.upper()}": str(home / "keys" / f"{role}.json")
        for role in ("admin", "backend", "activator", "payer")
    }
    return {
        **os.environ,
        **keys,
        "ODDSLINE_DATABASE_URL": database,
        "ODDSLINE_REDIS_URL": "redis://127.0.0.1:1/0",
        "ODDSLINE_RPC_URL": url,
        "ODDSLINE_PROGRAM_ID": LOCAL_PROGRAM_ID,
        "ODDSLINE_KEEPER_PORT": str(free_port()),
        "ODDSLINE_KEEPER_POLL_MS": "50",
        "ODDSLINE_KEEPER_REBROADCAST_MS": "200",
        "ODDSLINE_KEEPER_LEASE_S": "1",
        "ODDSLINE_LOG_LEVEL": "ERROR",
    }


async def keeper(env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "chain.keeper", env=env)


async def proposed(client: Client, roles: Roles) -> list[Market]:
    """Markets that wait for approval."""
    creator = Keypair()
    await client.fund([creator], 100_000 * SOL)
    ids = [random.Random(i).randbytes(32).hex() for i in range(MARKETS)]
    made = [Market.create(client, roles, market_id=id_, creator=creator) for id_ in ids]
    return [market for market, _ in await asyncio.gather(*made)]


async def executed(client: Client, market: Market) -> Counter[str]:
    """How often each event happened to a market, by the chain's own history."""
    counts: Counter[str] = Counter()
    for info in await client.rpc.get_signatures_for_address(market.address):
        tx = transaction_from(await client.rpc.get_transaction(info.signature))
        assert isinstance(tx, Transaction)
        counts.update(event.name for event in decode(tx, client.program, FeeSchedule()).events)
    return counts


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


async def alive(node: Node, env: dict[str, str]) -> bool:
    """Whether the keeper answers yet: before that a SIGTERM is Python's own."""
    try:
        url = f"http://127.0.0.1:{env['ODDSLINE_KEEPER_PORT']}/livez"
        return (await node.http.get(url)).status_code == 200
    except httpx2.HTTPError:
        return False


@pytest.mark.slow
async def test_a_killed_keeper_executes_nothing_twice_and_loses_nothing(
    bare_database: str, tmp_path: Path
):
    """Aggregate, approve and activate in one transaction each, under drops, time-outs and lies."""
    async with (
        started(tmp_path / "chain", chain_slot_ms=20, chain_finalized_after=8) as node,
        Rpc(node.url) as rpc,
    ):
        urls = {"database_url": bare_database, "redis_url": "redis://nowhere/0"}
        roles = Roles.of(Settings.model_validate({"home": tmp_path, **urls}))
        client = Client(rpc, load_program(LOCAL_PROGRAM_ID))
        await genesis(client, roles, dispute_period=1)
        markets = await proposed(client, roles)
        connection = await postgres.connect(bare_database, name="test")
        for market in markets:
            args = {"likes": 8, "dislikes": 2, "activate": True, "memo": f"m {market.market_id}"}
            key = f"{market.address}:approve_proposal:1"
            await connection.execute(OPEN, key, market.market_id, market.address, args)
        await node.http.post(f"{node.url}/_local/faults", content=json.dumps(LIES))
        env, dice = environment(bare_database, node.url, tmp_path), random.Random(3)
        struck = 0
        for _ in range(8):
            process = await keeper(env)
            struck += await caught(connection, process.pid, dice)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        process = await keeper(env)
        async with asyncio.timeout(90):
            while not await all_ended(connection) or not await alive(node, env):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0
        rows = await connection.fetch("select state, error_name from ops.transitions")
        await connection.close()
        await node.http.post(f"{node.url}/_local/faults", content="{}")

        assert struck > 1
        assert Counter(row["state"] for row in rows) == {"done": MARKETS}, rows
        for market in markets:
            counts = await executed(client, market)
            assert (await market.account()).state is State.ACTIVE
            assert counts["ProposalApproved"] == counts["MarketActivated"] == 1
            assert counts["ProposalAggregated"] == 1
