"""The story: create, vote, approve, trade, resolve, wait, finalize, claim; each compared."""

import secrets
import time
from collections.abc import Sequence
from random import Random

from solders.keypair import Keypair

from chain.local import ballots
from chain.local.acts import Market
from chain.local.client import SOL, Client, Landed
from chain.local.demo.compare import Comparison, market_fields, position_fields
from chain.local.demo.counted import Count
from chain.local.demo.followed import Followed, Outage
from chain.local.demo.monitor import Monitor
from chain.local.roles import Roles
from chain.program.states import State

WALLETS, TRADES, LIKES = 6, 40, 5
#: Before this trade the API dies.
OUTAGE_AT = 20
PURSE = 500 * SOL


async def tell(
    client: Client,
    roles: Roles,
    comparison: Comparison,
    count: Count,
    monitor: Monitor,
    *,
    outage: Outage,
) -> None:
    """One market from nothing to its last claim.

    Raises:
        chain.local.demo.counted.NotApprovedError: the scheduled count was not there in time.
        chain.local.demo.monitor.NotFinalizedError: the monitor was not there in time.
        chain.local.demo.compare.DifferenceError: at the first difference.
        chain.local.client.Refused: the chain refused a step.
    """
    wallets = [Keypair() for _ in range(WALLETS)]
    await client.fund(wallets, PURSE)
    market = await propose(client, roles, wallets[0], comparison)
    async with Followed(comparison.url, market.market_id, comparison.key) as followed:
        await open_for_trade(market, wallets, comparison, count)
        dice = Random(7)  # noqa: S311 guards nothing: the same story each time
        landed = await trade(market, wallets, comparison, outage, dice=dice)
        await resolve(market, wallets[1], comparison)
        await finalize(market, comparison, monitor)
        await followed.heard(landed, State.FINALIZED.name, comparison.console)
    await claim(market, wallets, comparison)


async def propose(client: Client, roles: Roles, creator: Keypair, comparison: Comparison) -> Market:
    """A new market, with its deposit."""
    market_id = secrets.token_hex(32)
    market, landed = await Market.create(client, roles, market_id=market_id, creator=creator)
    await _compare("create market", market, landed, comparison)
    return market


async def open_for_trade(
    market: Market, wallets: Sequence[Keypair], comparison: Comparison, count: Count
) -> None:
    """Signed ballots over the API; the scheduled count carries them to the chain."""
    for number, wallet in enumerate(wallets):
        await ballots.cast(comparison.http, market.market_id, wallet, like=number < LIKES)
    landed = await count.approved(market)
    await _compare("approve, by the scheduled count", market, landed, comparison)
    await comparison.vote(market.market_id, await market.account(), landed.confirmed_at)
    await count.recounted(market)
    if (await market.account()).state == State.APPROVED:  # a line that leaves it to the creator
        await _compare("activate", market, await market.activate(), comparison)


async def trade(
    market: Market,
    wallets: Sequence[Keypair],
    comparison: Comparison,
    outage: Outage,
    *,
    dice: Random,
) -> list[Landed]:
    """Buys and sells, one wallet after the other; every third round sells. Returns all of them."""
    trades: list[Landed] = []
    fee_wallet = (await market.client.config()).protocol_fee_wallet
    for number in range(TRADES):
        if number == OUTAGE_AT:
            outage.strike()
        wallet, yes = wallets[number % len(wallets)], dice.random() < 0.6
        held = await market.position(wallet)
        shares = 0 if held is None else held.shares_yes if yes else held.shares_no
        if shares and number // len(wallets) % 3 == 2:
            landed = await market.sell(wallet, yes=yes, shares=shares // 2, fee_wallet=fee_wallet)
        else:
            cost = int(SOL * dice.uniform(0.2, 6))
            landed = await market.buy(wallet, yes=yes, target_cost=cost, fee_wallet=fee_wallet)
        trades.append(landed)
        await _compare(f"trade {number + 1} of {TRADES}", market, landed, comparison)
    await comparison.trade_count(market.market_id, TRADES, time.monotonic())
    return trades


async def resolve(market: Market, resolver: Keypair, comparison: Comparison) -> None:
    """YES is proposed."""
    await _compare("resolve", market, await market.resolve(resolver, yes=True), comparison)


async def finalize(market: Market, comparison: Comparison, monitor: Monitor) -> None:
    """The dispute period passes by the chain's own clock; the market monitor does the rest."""
    landed = await monitor.finalized(market)
    await _compare("finalize, by the market monitor", market, landed, comparison)


async def claim(market: Market, wallets: Sequence[Keypair], comparison: Comparison) -> None:
    """Winners are paid; everybody's position is compared, losers' too."""
    resolver = (await market.account()).resolver
    for number, wallet in enumerate(wallets):
        confirmed_at = time.monotonic()
        held = await market.position(wallet)
        if held is not None and held.shares_yes:
            confirmed_at = (await market.claim(wallet, resolver=resolver)).confirmed_at
            held = await market.position(wallet)
        if held is not None:
            who, fields = str(wallet.pubkey()), position_fields(held)
            step = f"claim of wallet {number + 1}"
            await comparison.position(step, market.market_id, who, fields, confirmed_at)


async def _compare(step: str, market: Market, landed: Landed, comparison: Comparison) -> None:
    fields = market_fields(await market.account())
    await comparison.market(step, market.market_id, fields, landed.confirmed_at)
