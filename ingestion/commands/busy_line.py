"""A private line that has seen markets come, trade and end: what proofs compare on."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import asyncpg

from oddsline.line import Line
from oddsline.settings import Settings

PROCESSES = ("postgres", "valkey", "chain", "ingestion", "fold")
MARKETS = 20
TRADES = 2_000
#: Of the markets, so many are brought to their end, claims included.
SETTLED = 8


@contextmanager
def busy_line(say: Callable[[str], None], *, trades: int = TRADES) -> Iterator[Line]:
    """Start a line on free ports with scratch data, and trade on it; gone afterwards."""
    say(f"starting a private line, {MARKETS} markets, {trades} trades …")
    with Line.private(PROCESSES, durable=False) as line:
        asyncio.run(_trade(line, trades))
        say("traded; waiting for the fold")
        asyncio.run(_folded(line, trades))
        yield line


async def _trade(line: Line, trades: int) -> None:
    from chain.local.roles import Roles
    from chain.local.traffic import Markets, Sender, Trades
    from chain.program.interface import load_program
    from chain.rpc import Rpc

    roles = Roles.of(line.settings(Settings))
    program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
    async with Rpc(line.url("chain")) as rpc:
        chance = Random(1)  # noqa: S311 the same markets and trades every time
        markets = Markets(Sender(rpc), program, roles, count=MARKETS, random=chance)
        await markets.open()
        traffic = Trades(markets, str(roles.fees.pubkey()), random=chance)
        await traffic.run(per_second=250, seconds=0, least=trades, most_s=180)
        await markets.settle(markets.addresses[:SETTLED])


async def _folded(line: Line, trades: int) -> None:
    """Until as many trades are folded and nothing more arrives.

    Raises:
        TimeoutError: webhooks or the fold did not keep up within two minutes.
    """
    connection = await asyncpg.connect(line.database_url)
    try:
        seen, quiet = -1, 0
        async with asyncio.timeout(120):
            while quiet < 10:
                await asyncio.sleep(0.2)
                now = await connection.fetchval("select count(*) from marts.trades")
                quiet = quiet + 1 if now == seen and now >= trades else 0
                seen = now
    finally:
        await connection.close()
