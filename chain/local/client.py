"""A wallet's way to the chain: sign, send, see it confirmed.

What genesis, simulator and demo use. It waits like a person does and remembers nothing; what has
to survive a crash goes through the keeper.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.transaction import VersionedTransaction

from chain.program.accounts import (
    GlobalConfig,
    MarketAccount,
    UserPosition,
    VoteRecord,
    read_account_as,
)
from chain.program.addresses import global_config_address
from chain.program.errors import name_failure
from chain.program.interface import Program
from chain.rpc import Rpc
from chain.rpc_errors import PreflightFailed, Transient

#: Seconds between two looks at a signature, and between two sends of the same bytes.
LOOK_S, RESEND_S = 0.05, 2.0
SOL = 1_000_000_000

_T = TypeVar("_T", GlobalConfig, MarketAccount, UserPosition, VoteRecord)


class Landed(NamedTuple):
    """A confirmed transaction; `confirmed_at` is this process's monotonic clock, in seconds."""

    signature: str
    slot: int
    confirmed_at: float


class Refused(Exception):
    """The chain refused or never took a transaction; `name` is the error's, from the IDL."""

    def __init__(self, what: str, name: str, detail: str = "") -> None:
        """`what` says which instruction."""
        super().__init__(f"{what}: {name} {detail}".rstrip())
        self.name = name


class Client:
    """One program on one node."""

    def __init__(self, rpc: Rpc, program: Program) -> None:
        """Nothing is asked yet."""
        self.rpc = rpc
        self.program = program

    async def send(self, *instructions: Instruction, signers: Sequence[Keypair]) -> Landed:
        """Land one transaction; the first signer pays.

        Raises:
            Refused: it failed, in the simulation or on chain, or it expired.
            chain.rpc_errors.RpcError: the node cannot be used at all.
        """
        latest = await self.rpc.get_latest_blockhash()
        message = MessageV0.try_compile(
            signers[0].pubkey(), list(instructions), [], Hash.from_string(latest.blockhash)
        )
        wire = VersionedTransaction(message, list(signers))
        what = self._name(instructions[-1])
        await self._push(bytes(wire), what)
        signature, sent = str(wire.signatures[0]), time.monotonic()
        while True:
            status = (await self.rpc.get_signature_statuses([signature])).statuses[0]
            if status is not None and status.confirmed:
                if status.err is not None:
                    raise self._refusal(what, status.err)
                return Landed(signature, status.slot, time.monotonic())
            if time.monotonic() - sent > RESEND_S:
                if await self.rpc.get_block_height() > latest.last_valid_block_height:
                    raise Refused(what, "Expired", signature)
                await self._push(bytes(wire), what)
                sent = time.monotonic()
            await asyncio.sleep(LOOK_S)

    async def fund(self, wallets: Sequence[Keypair], lamports: int) -> None:
        """Airdrop to those that have less than half of it, and wait until they have it."""
        await asyncio.gather(*(self._fund(str(wallet.pubkey()), lamports) for wallet in wallets))

    async def _fund(self, address: str, lamports: int) -> None:
        if await self.rpc.get_balance(address) >= lamports // 2:
            return
        await self.rpc.request_airdrop(address, lamports)
        while True:
            if await self.rpc.get_balance(address) >= lamports // 2:
                return
            await asyncio.sleep(LOOK_S)

    async def read(self, address: str, kind: type[_T]) -> _T | None:
        """An account as confirmed; None when there is none."""
        _, account = await self.rpc.get_account(address)
        return None if account is None else read_account_as(self.program, account.data, kind)

    async def config(self) -> GlobalConfig:
        """The program's configuration.

        Raises:
            LookupError: nobody has made one.
        """
        found = await self.read(global_config_address(self.program.program_id), GlobalConfig)
        if found is None:
            raise LookupError(
                "the program has no GlobalConfig: run `python -m chain.local.genesis`"
            )
        return found

    async def _push(self, wire: bytes, what: str) -> None:
        try:
            await self.rpc.send_transaction(wire, skip_preflight=False)
        except PreflightFailed as failed:
            # A repeat finds itself processed already: the status will tell.
            if failed.err != "AlreadyProcessed":
                raise self._refusal(what, failed.err) from None
        except Transient:
            await asyncio.sleep(LOOK_S)  # it may have arrived; the next round looks, then resends

    def _refusal(self, what: str, err: object) -> Refused:
        failure = name_failure(self.program.codec, err)
        return Refused(what, failure.name, failure.detail)

    def _name(self, instruction: Instruction) -> str:
        return self.program.codec.decode_instruction(bytes(instruction.data)).name
