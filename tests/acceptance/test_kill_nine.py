"""kill -9 of any one process while the market trades: no event is lost."""

import asyncio
from random import Random

import asyncpg
import pytest

from chain.local.roles import Roles
from chain.local.traffic import Markets, Sender, Trades
from chain.program.interface import load_program
from chain.rpc import Rpc
from ingestion.commands.verify import against_chain
from oddsline.line import Line
from oddsline.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

VICTIMS = ("ingestion", "fold", "api", "valkey", "postgres", "chain")


async def test_killing_each_process_in_turn_loses_no_event():
    """Marts equal the program's accounts afterwards, field by field; every victim came back."""
    async with Line.private(durable=False) as line:
        traded = await _trade_while_killing(line)
        report = await against_chain(line, patience_s=60)
        told = await _gapless_outbox(line)
        restarts = {name: line.processes[name].restarts for name in VICTIMS}

    assert traded > 100
    assert report.differences == ()
    assert report.unknown == ()
    assert report.exit_code == 0
    assert told
    assert all(restarts.values()), restarts


async def _trade_while_killing(line: Line) -> int:
    chance = Random(9)
    roles = Roles.of(line.settings(Settings))
    program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
    async with Rpc(line.url("chain")) as rpc:
        markets = Markets(Sender(rpc), program, roles, count=5, random=chance)
        await markets.open()
        trades = Trades(markets, str(roles.fees.pubkey()), random=chance)
        trading = asyncio.create_task(
            trades.run(per_second=40, seconds=4.0 * len(VICTIMS), least=100, most_s=150)
        )
        for victim in VICTIMS:
            await asyncio.sleep(1.5)
            assert await asyncio.to_thread(line.kill, victim) is not None
            await asyncio.sleep(0.5)  # the watch must have seen it before it is asked
            await asyncio.to_thread(line.wait_ready)
        await trading
        return trades.landed


async def _gapless_outbox(line: Line) -> bool:
    """Positions run without a gap, and each market's sequence too."""
    connection = await asyncpg.connect(line.database_url)
    try:
        row = await connection.fetchrow(
            "select count(*) as n, max(pos) - min(pos) + 1 as span,"
            " count(distinct (market_address, market_seq)) as distinct_seqs from live.outbox"
        )
    finally:
        await connection.close()
    return row["n"] == row["span"] == row["distinct_seqs"] > 0
