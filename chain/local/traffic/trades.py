"""Buys and sells at a rate, by everyone in every market, until there are enough."""

import asyncio
import time
from random import Random

from solders.instruction import Instruction
from solders.keypair import Keypair

from chain.local.traffic.life import SOL, Markets
from chain.program import instructions
from chain.program.accounts import UserPosition, read_account_as
from chain.program.addresses import position_address
from chain.rpc import ACCOUNTS_PER_CALL

#: Between two looks at what everybody holds.
LOOK_S = 2.0
#: One trade in so many is a sell, where there is something to sell.
SELL_EVERY = 3


class Trades:
    """A stream of trades; `landed` is what the positions' accounts have counted so far."""

    def __init__(self, markets: Markets, fee_wallet: str, *, random: Random) -> None:
        """Trades in markets that are open; sizes and sides follow from `random`."""
        self._markets = markets
        self._fee_wallet = fee_wallet
        self._random = random
        self._positions: dict[tuple[str, str], UserPosition] = {}
        self.landed = 0

    async def run(
        self, *, per_second: float, seconds: float, least: int, most_s: float | None = None
    ) -> None:
        """Trade for so long and until at least so many have landed (for at most `most_s`)."""
        started = time.monotonic()
        looker = asyncio.create_task(self._keep_looking())
        sends: set[asyncio.Task[object]] = set()
        try:
            sent = 0
            while not self._enough(started, seconds, least, most_s):
                sent += 1
                task = asyncio.create_task(self._trade())
                sends.add(task)
                task.add_done_callback(sends.discard)
                await asyncio.sleep(max(0.0, started + sent / per_second - time.monotonic()))
        finally:
            looker.cancel()
            await asyncio.gather(looker, *sends, return_exceptions=True)
        await self.look()

    def _enough(self, started: float, seconds: float, least: int, most_s: float | None) -> bool:
        spent = time.monotonic() - started
        if most_s is not None and spent > most_s:
            return True
        return spent >= seconds and self.landed >= least

    async def look(self) -> None:
        """Read every position as confirmed."""
        wanted = [
            (market, str(wallet.pubkey()))
            for market in self._markets.addresses
            for wallet in self._markets.wallets
        ]
        for start in range(0, len(wanted), ACCOUNTS_PER_CALL):
            part = wanted[start : start + ACCOUNTS_PER_CALL]
            self._positions |= await self._read(part)
        self.landed = sum(position.trades_count for position in self._positions.values())

    async def _read(self, part: list[tuple[str, str]]) -> dict[tuple[str, str], UserPosition]:
        program, sender = self._markets.program, self._markets.sender
        addresses = [position_address(program.program_id, *pair) for pair in part]
        found = await sender.asked(lambda: sender.rpc.get_multiple_accounts(addresses))
        pairs = zip(part, found.accounts, strict=True)
        return {
            pair: read_account_as(program, raw.data, UserPosition) for pair, raw in pairs if raw
        }

    async def _keep_looking(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def _trade(self) -> None:
        market = self._random.choice(self._markets.addresses)
        wallet = self._random.choice(self._markets.wallets)
        held = self._positions.get((market, str(wallet.pubkey())))
        if held is not None and self._random.randrange(SELL_EVERY) == 0:
            instruction = self._sell(market, wallet, held)
        else:
            instruction = self._buy(market, wallet)
        await self._markets.sender.send(wallet, instruction)

    def _buy(self, market: str, wallet: Keypair) -> Instruction:
        return instructions.buy_shares(
            self._markets.program,
            market=market,
            user=str(wallet.pubkey()),
            protocol_fee_wallet=self._fee_wallet,
            outcome=self._random.random() < 0.5,
            target_cost=self._random.randint(SOL // 100, 2 * SOL),
        )

    def _sell(self, market: str, wallet: Keypair, held: UserPosition) -> Instruction:
        outcome = held.shares_yes >= held.shares_no
        most = max(held.shares_yes, held.shares_no) // 3
        return instructions.sell_shares(
            self._markets.program,
            market=market,
            user=str(wallet.pubkey()),
            protocol_fee_wallet=self._fee_wallet,
            outcome=outcome,
            shares_to_sell=self._random.randint(most // 2 + 1, most + 1),
        )
