"""The simulator's hands: looks at its markets, lets `choice.py` decide, and acts."""

import asyncio
from contextlib import suppress
from random import Random
from typing import Any

import httpx2
import structlog
from solders.keypair import Keypair

from chain.local import ballots
from chain.local.acts import Market
from chain.local.client import SOL, Client, Refused
from chain.local.roles import Roles
from chain.local.simulator.choice import Act, Action, Pace, choose, likely_outcome, trade_size
from chain.program.accounts import (
    MARKET_CREATOR_OFFSET,
    MARKET_SIZE,
    GlobalConfig,
    MarketAccount,
    read_account_as,
)
from chain.program.states import State
from chain.rpc_errors import RpcError

log = structlog.get_logger()

PURSE = 20_000 * SOL
VOTERS = 3
#: One trade in so many is a sell, when there is something to sell.
SELL_EVERY = 3
#: Moves between two looks at all markets.
LOOK_EVERY = 10


class People:
    """Some wallets; the first of them creates the markets, so that a restart finds them again."""

    def __init__(
        self,
        client: Client,
        roles: Roles,
        wallets: list[Keypair],
        pace: Pace,
        *,
        dice: Random,
        api: httpx2.AsyncClient,
    ) -> None:
        """Nothing is asked yet; `api` takes their ballots."""
        self._client, self._roles, self._wallets = client, roles, wallets
        self._api = api
        self._pace, self._dice = pace, dice
        self._markets: dict[str, MarketAccount] = {}
        self._settled: set[str] = set()
        self._voted: set[str] = set()
        self._config: GlobalConfig | None = None
        self._moves = 0

    async def move(self) -> Action:
        """Do one thing; what the chain refuses is logged and left.

        Raises:
            chain.rpc_errors.RpcError: the node cannot be reached.
        """
        if self._moves % LOOK_EVERY == 0:
            await self._look()
        self._moves += 1
        action = choose(
            self._markets,
            self._settled,
            self._pace,
            voted=self._voted,
            now=await self._now(),
            dice=self._dice,
        )
        try:
            await self._do(action)
        except httpx2.HTTPError as away:
            log.info("ballot_not_taken", market=action.market, why=str(away))
        except Refused as refused:
            log.info("refused", act=action.act.value, market=action.market, why=str(refused))
            await self._client.fund(self._wallets, PURSE)
        return action

    async def _look(self) -> None:
        """Read the configuration and every market of ours."""
        self._config = await self._client.config()
        creator = str(self._wallets[0].pubkey())
        filters: list[dict[str, Any]] = [
            {"dataSize": MARKET_SIZE},
            {"memcmp": {"offset": MARKET_CREATOR_OFFSET, "bytes": creator}},
        ]
        program = self._client.program
        _, found = await self._client.rpc.get_program_accounts(program.program_id, filters)
        self._markets = {
            address: read_account_as(program, account.data, MarketAccount)
            for address, account in found.items()
        }

    async def _now(self) -> int:
        return await self._client.rpc.get_block_time(await self._client.rpc.get_slot()) or 0

    async def _do(self, action: Action) -> None:
        if action.act == Act.CREATE:
            await self._client.fund(self._wallets, PURSE)
            market_id = self._dice.randbytes(32).hex()
            market, _ = await Market.create(
                self._client, self._roles, market_id=market_id, creator=self._wallets[0]
            )
        elif action.act == Act.WAIT:
            return
        else:
            market = self._market(action.market)
            await {
                Act.VOTE: self._vote,
                Act.OPEN: self._open,
                Act.TRADE: self._trade,
                Act.RESOLVE: self._resolve,
                Act.FINALIZE: Market.finalize,
                Act.SETTLE: self._settle,
            }[action.act](market)
        self._markets[market.address] = await market.account()

    def _market(self, address: str) -> Market:
        known = self._markets[address]
        return Market(self._client, self._roles, known.market_id, self._wallets[0])

    async def _vote(self, market: Market) -> None:
        """Enough ballots for an approval; whoever voted already, before a restart, votes anew."""
        for wallet in self._dice.sample(self._wallets, min(VOTERS, len(self._wallets))):
            await ballots.cast(self._api, market.market_id, wallet, like=True)
        self._voted.add(market.address)

    async def _open(self, market: Market) -> None:
        """Votes, count, approval, activation: as far as it has not come yet."""
        account = await market.account()
        if account.state == State.PROPOSED and not account.proposal_total_votes:
            for wallet in self._dice.sample(self._wallets, min(VOTERS, len(self._wallets))):
                with suppress(Refused):  # one who has voted already, before a restart
                    await market.vote(wallet, like=True)
            await market.count(likes=VOTERS, dislikes=0)
        if account.state == State.PROPOSED:
            await market.approve()
        await market.activate()

    async def _trade(self, market: Market) -> None:
        assert self._config is not None
        fee_wallet, user = self._config.protocol_fee_wallet, self._dice.choice(self._wallets)
        held = None
        if self._dice.randrange(SELL_EVERY) == 0:
            held = await market.position(user)
        yes = self._dice.random() < 0.5
        shares = 0 if held is None else held.shares_yes if yes else held.shares_no
        if shares > SOL // 10:  # below it brings less than the least trade
            part = int(shares * self._dice.uniform(0.2, 1))
            await market.sell(user, yes=yes, shares=part, fee_wallet=fee_wallet)
        else:
            target = trade_size(self._dice)
            await market.buy(user, yes=yes, target_cost=target, fee_wallet=fee_wallet)

    async def _resolve(self, market: Market) -> None:
        outcome = likely_outcome(await market.account(), self._dice)
        await market.resolve(self._dice.choice(self._wallets), yes=outcome)

    async def _settle(self, market: Market) -> None:
        self._settled.add(market.address)
        resolver = (await market.account()).resolver
        for wallet in self._wallets:
            position = await market.position(wallet)
            if position is not None and not position.has_claimed:
                with suppress(Refused):  # nothing won
                    await market.claim(wallet, resolver=resolver)
        with suppress(Refused):  # withdrawn already, before a restart
            await market.withdraw()


async def live(people: People, *, rate: float, stop: asyncio.Event) -> None:
    """Move at most `rate` times a second until told to stop; an absent node is waited for."""
    while not stop.is_set():
        pause = 1 / rate
        try:
            await people.move()
        except RpcError as away:
            log.warning("node_away", why=str(away))
            pause = 2.0
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
