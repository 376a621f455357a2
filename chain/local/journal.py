"""Group commit: many transactions share one fsync, none is answered before it.

One write is under way at a time, in a thread; what happens meanwhile collects in the next batch.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from solders.account import Account
from solders.pubkey import Pubkey

from chain.local.blocks import Block
from chain.local.landed import Landed
from chain.local.store import Batch, Store, pack


class Journal:
    """What the store is going to write, and the wait for it."""

    def __init__(self, store: Store, account: Callable[[Pubkey], Account | None]) -> None:
        """`account` reads the VM: states are taken when a batch leaves, once per account."""
        self._store = store
        self._account = account
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._batch = Batch()
        self._dirty: set[Pubkey] = set()
        self._written: asyncio.Future[None] | None = None
        self._writer: asyncio.Task[None] | None = None

    def land(
        self, landed: Landed, *, written: Iterable[Pubkey], found: dict[Pubkey, Account | None]
    ) -> None:
        """A transaction landed; `found` are states that its slot overwrote for the first time."""
        self._batch.landed.append(landed)
        self._batch.undo += [(landed.slot, bytes(k), pack(state)) for k, state in found.items()]
        self._dirty.update(written)

    def touch(self, address: Pubkey) -> None:
        """An account changed outside a transaction."""
        self._dirty.add(address)

    def close_block(self, block: Block, *, finalized: int) -> None:
        """A slot closed; no fork can reach `finalized` any more."""
        self._batch.blocks.append(block)
        self._batch.finalized = finalized

    def cut(self, slot: int, retracted: list[Landed], restored: list[Pubkey]) -> None:
        """A fork took away everything from a slot on."""
        batch = self._batch
        batch.landed = [one for one in batch.landed if one.slot < slot]
        batch.blocks = [block for block in batch.blocks if block.slot < slot]
        batch.undo = [entry for entry in batch.undo if entry[0] < slot]
        batch.cut_from = slot if batch.cut_from is None else min(slot, batch.cut_from)
        batch.cut_mentions.update(address for one in retracted for address in one.mentions)
        self._dirty.update(restored)

    def note(self, name: str, value: object) -> None:
        """Remember a fact over restarts."""
        self._batch.facts[name] = str(value)

    async def flush(self) -> None:
        """Return when everything noted so far is on disk.

        Raises:
            sqlite3.Error: it could not be written; the chain must not go on.
        """
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        written = self._written
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await asyncio.shield(written)

    def flush_now(self) -> None:
        """Write what is left, at start or shutdown, when no loop need stay responsive."""
        self._thread.submit(self._store.write, self._take()).result()

    def close(self) -> None:
        """Stop the thread; the store may be closed then."""
        self._thread.shutdown()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._written is not None:
            written, self._written = self._written, None
            try:
                await loop.run_in_executor(self._thread, self._store.write, self._take())
            except Exception as broken:  # noqa: BLE001 - every waiter must hear of it
                written.set_exception(broken)
            else:
                written.set_result(None)

    def _take(self) -> Batch:
        batch, self._batch = self._batch, Batch()
        batch.accounts = {bytes(key): pack(self._account(key)) for key in self._dirty}
        self._dirty = set()
        return batch
