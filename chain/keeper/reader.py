"""Accounts and prices for many intents at once: what is asked together is fetched together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from chain.codec import CodecError
from chain.program.accounts import GlobalConfig, MarketAccount, read_account_as
from chain.program.addresses import global_config_address
from chain.program.interface import Program
from chain.rpc import ACCOUNTS_PER_CALL, Rpc
from chain.rpc_errors import Transient
from chain.rpc_node import Commitment
from chain.rpc_types import Account, Blockhash

# Questions that arrive within this long travel in one call, in seconds.
GATHER_S = 0.01
# A blockhash is good for 150 blocks; one this old has lost a few of them. In seconds.
BLOCKHASH_AGE_S = 1.0
PRICES_AGE_S = 5.0


class Seen(NamedTuple):
    """The market and the configuration at one slot; None = there is no such account."""

    slot: int
    market: MarketAccount | None
    config: GlobalConfig | None


class Reader:
    """What the chain says now, at one commitment; None = the node's own, `confirmed`."""

    def __init__(self, rpc: Rpc, program: Program, commitment: Commitment | None = None) -> None:
        self._rpc = rpc
        self._commitment = commitment
        self._program = program
        self._config = global_config_address(program.program_id)
        self._asked: dict[str, asyncio.Future[tuple[int, Account | None, Account | None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._blockhash: tuple[float, Blockhash] | None = None
        self._prices: tuple[float, list[int]] | None = None
        self._fetching = asyncio.Lock()

    async def see(self, market: str) -> Seen:
        """The market's account and the configuration.

        Raises:
            RpcError: the node did not answer, or what it answered cannot be read.
        """
        slot, account, config = await asyncio.shield(self._ask(market))
        program = self._program
        try:
            return Seen(
                slot,
                None if account is None else read_account_as(program, account.data, MarketAccount),
                None if config is None else read_account_as(program, config.data, GlobalConfig),
            )
        except CodecError as error:
            raise Transient("getMultipleAccounts", f"unreadable: {error}") from error

    def _ask(self, market: str) -> asyncio.Future[tuple[int, Account | None, Account | None]]:
        if market not in self._asked:
            if not self._asked:
                task = asyncio.create_task(self._fetch())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            self._asked[market] = asyncio.get_running_loop().create_future()
        return self._asked[market]

    async def _fetch(self) -> None:
        await asyncio.sleep(GATHER_S)
        asked, self._asked = self._asked, {}
        markets, step = list(asked), ACCOUNTS_PER_CALL - 1
        chunks = [markets[at : at + step] for at in range(0, len(markets), step)]
        await asyncio.gather(*(self._fetch_chunk(chunk, asked) for chunk in chunks))

    async def _fetch_chunk(
        self,
        chunk: Sequence[str],
        asked: dict[str, asyncio.Future[tuple[int, Account | None, Account | None]]],
    ) -> None:
        try:
            wanted = [self._config, *chunk]
            slot, accounts = await self._rpc.get_multiple_accounts(wanted, self._commitment)
            found = dict(zip(chunk, accounts[1:], strict=True))
        except Exception as error:  # noqa: BLE001 - whoever asked must hear of it
            for market in chunk:
                asked[market].set_exception(error)
                asked[market].exception()  # seen, even if nobody waits any more
            return
        for market, account in found.items():
            asked[market].set_result((slot, account, accounts[0]))

    async def config(self) -> GlobalConfig:
        """The configuration in force.

        Raises:
            RpcError: the node did not answer, or has none.
        """
        _, account = await self._rpc.get_account(self._config, self._commitment)
        if account is None:
            raise Transient("getMultipleAccounts", "there is no GlobalConfig account")
        try:
            return read_account_as(self._program, account.data, GlobalConfig)
        except CodecError as error:
            raise Transient("getMultipleAccounts", f"unreadable: {error}") from error

    async def blockhash(self) -> Blockhash:
        """A blockhash at most BLOCKHASH_AGE_S old, with its own last valid height."""
        async with self._fetching:
            now = time.monotonic()
            if self._blockhash is None or now - self._blockhash[0] > BLOCKHASH_AGE_S:
                self._blockhash = (now, await self._rpc.get_latest_blockhash())
            return self._blockhash[1]

    async def prices(self) -> list[int]:
        """What recent blocks took for a compute unit, micro-lamports."""
        async with self._fetching:
            now = time.monotonic()
            if self._prices is None or now - self._prices[0] > PRICES_AGE_S:
                fees = await self._rpc.get_recent_prioritization_fees([self._config])
                self._prices = (now, fees)
            return self._prices[1]
