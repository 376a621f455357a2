"""What the chain says now: its clock, GlobalConfig, markets. Blocking, for steps and sensors."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from chain.codec import CodecError
from chain.program.accounts import GlobalConfig, MarketAccount, read_account_as
from chain.program.addresses import global_config_address
from chain.program.interface import load_program
from chain.rpc import ACCOUNTS_PER_CALL, Rpc

CLOCK = "SysvarC1ock11111111111111111111111111111111"
UNIX_TIMESTAMP = slice(32, 40)  # of the Clock sysvar, i64 little endian


class NoConfig(Exception):
    """The program has no GlobalConfig at this id: another program, or one never initialized."""


@dataclass(frozen=True)
class Moment:
    """The chain's clock (unix seconds) and the configuration in force, read in one call."""

    now: int
    config: GlobalConfig
    slot: int


@dataclass(frozen=True)
class ChainView:
    """One node, one deployment."""

    rpc_url: str
    program_id: str

    def moment(self) -> Moment:
        """What time it is on chain, and what holds.

        Raises:
            RpcError: the node did not answer.
            NoConfig: no GlobalConfig lies where the program keeps it.
        """
        return asyncio.run(self._moment())

    def markets(self, addresses: Sequence[str]) -> dict[str, MarketAccount]:
        """Market accounts by address; one that is gone, or is no market, is absent.

        Raises:
            RpcError: the node did not answer.
        """
        return asyncio.run(self._markets(addresses))

    async def _moment(self) -> Moment:
        async with Rpc(self.rpc_url) as rpc:
            wanted = [CLOCK, global_config_address(self.program_id)]
            slot, (clock, config) = await rpc.get_multiple_accounts(wanted)
        if clock is None or config is None:
            raise NoConfig(f"program {self.program_id} has no GlobalConfig on this chain")
        now = int.from_bytes(clock.data[UNIX_TIMESTAMP], "little", signed=True)
        program = load_program(self.program_id)
        return Moment(now, read_account_as(program, config.data, GlobalConfig), slot)

    async def _markets(self, addresses: Sequence[str]) -> dict[str, MarketAccount]:
        program = load_program(self.program_id)
        found: dict[str, MarketAccount] = {}
        async with Rpc(self.rpc_url) as rpc:
            for start in range(0, len(addresses), ACCOUNTS_PER_CALL):
                page = addresses[start : start + ACCOUNTS_PER_CALL]
                _, accounts = await rpc.get_multiple_accounts(page)
                for address, account in zip(page, accounts, strict=True):
                    if account is None or account.owner != self.program_id:
                        continue
                    try:
                        found[address] = read_account_as(program, account.data, MarketAccount)
                    except CodecError:
                        continue  # not a market (any more): the monitor says so by its absence
        return found
