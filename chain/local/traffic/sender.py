"""Signs and sends without asking what became of it: accounts will tell."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.transaction import VersionedTransaction

from chain.rpc import Rpc
from chain.rpc_errors import RpcError, Transient

T = TypeVar("T")

BLOCKHASH_AGE_S = 1.0
PAUSE_S = 0.2


class Sender:
    """Sends transactions on a fresh blockhash; `sent` and `refusals` count what was tried."""

    def __init__(self, rpc: Rpc) -> None:
        """At most 32 sends are under way at once."""
        self.rpc = rpc
        self.sent = 0
        self.refusals = Counter[str]()  # by what the node said
        self._room = asyncio.Semaphore(32)
        self._blockhash: Hash | None = None
        self._fetched = 0.0

    @property
    def refused(self) -> int:
        """Transactions that the node did not take."""
        return self.refusals.total()

    async def send(self, payer: Keypair, *instructions: Instruction) -> str | None:
        """Send a transaction of one signer; its signature, or None when the node said no."""
        async with self._room:
            blockhash = await self._fresh()
            message = MessageV0.try_compile(payer.pubkey(), list(instructions), [], blockhash)
            tx = VersionedTransaction(message, [payer])
            try:
                await self.rpc.send_transaction(bytes(tx))
            except RpcError as error:
                self.refusals[str(error)] += 1
                return None
            self.sent += 1
            return str(tx.signatures[0])

    async def fund(self, wallets: Sequence[Keypair], lamports: int) -> None:
        """See to it that every wallet has at least half of so much money, confirmed."""
        await asyncio.gather(*(self._fund(str(wallet.pubkey()), lamports) for wallet in wallets))

    async def _fund(self, address: str, lamports: int) -> None:
        while await self.asked(partial(self.rpc.get_balance, address)) < lamports // 2:
            await self.asked(partial(self.rpc.request_airdrop, address, lamports))
            await asyncio.sleep(3 * PAUSE_S)

    async def asked(self, question: Callable[[], Awaitable[T]]) -> T:
        """An answer, however often the node has to be asked for it."""
        while True:
            try:
                return await question()
            except Transient as busy:
                await asyncio.sleep(busy.retry_after or PAUSE_S)

    async def _fresh(self) -> Hash:
        if self._blockhash is None or time.monotonic() - self._fetched > BLOCKHASH_AGE_S:
            latest = await self.asked(self.rpc.get_latest_blockhash)
            self._blockhash = Hash.from_string(latest.blockhash)
            self._fetched = time.monotonic()
        return self._blockhash
