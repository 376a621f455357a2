"""X3: a client is connected, another user trades, the client hears of it within a second."""

import asyncio
import secrets
import time
from statistics import median

import httpx2
import pytest
from solders.keypair import Keypair

from chain.local.acts import Market
from chain.local.client import SOL, Client, Landed
from chain.local.roles import Roles
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline.client import follow
from oddsline.line import Line
from oddsline.settings import Settings
from tests.support.keeping import eventually

pytestmark = [pytest.mark.slow]

TRADES = 9
WITHIN_S = 1.0
PATIENCE_S = 20


async def test_a_client_hears_of_anothers_trade_within_a_second():
    """From the chain's confirmation, by the webhook, to the socket: each trade once, in order."""
    async with Line.private(durable=False) as line:
        program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
        roles = Roles.of(line.settings(Settings))
        async with Rpc(line.url("chain")) as rpc:
            client = Client(rpc, program)
            market = await opened(client, roles)
            trader = Keypair()
            await client.fund([trader], 100 * SOL)
            await known(line, market.market_id)
            url = line.url("api").replace("http", "ws") + "/ws"
            landed, heard = await traded(market, trader, url, str(roles.fees.pubkey()))

    assert [signature for signature, _ in heard] == [one.signature for one in landed]
    waits = [at - one.confirmed_at for (_, at), one in zip(heard, landed, strict=True)]
    # One slow moment of a busy machine is not the rule: the median is.
    assert median(waits) < WITHIN_S


async def known(line: Line, market_id: str) -> None:
    """Return once the API tells of the market."""
    async with httpx2.AsyncClient(base_url=line.url("api")) as http:
        await eventually(lambda: http.get(f"/markets/{market_id}"), lambda told: told.is_success)


async def opened(client: Client, roles: Roles) -> Market:
    """A market that trades."""
    creator = Keypair()
    await client.fund([creator], 200 * SOL)
    market, _ = await Market.create(client, roles, market_id=secrets.token_hex(32), creator=creator)
    await market.count(likes=8, dislikes=2)
    await market.approve()
    await market.activate()
    return market


async def traded(
    market: Market, trader: Keypair, url: str, fees: str
) -> tuple[list[Landed], list[tuple[str, float]]]:
    """Trades one by one, each after the last was heard; what the follower heard and when."""
    landed: list[Landed] = []
    heard: list[tuple[str, float]] = []
    told = follow(url, market.market_id)
    async with asyncio.timeout(PATIENCE_S + TRADES * 2):
        async for message in told:
            if message["type"] == "trade:executed":
                heard.append((message["data"]["signature"], time.monotonic()))
                assert message["data"]["wallet"] == str(trader.pubkey())
            elif message["type"] != "subscribed":
                continue
            if len(heard) == TRADES:
                break
            landed.append(
                await market.buy(
                    trader, yes=len(heard) % 2 == 0, target_cost=SOL // 10, fee_wallet=fees
                )
            )
    await told.aclose()
    return landed, heard
