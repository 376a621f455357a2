"""The chain on disk: one SQLite database, written in batches by the journal, read by everyone.

Every batch is one transaction of SQLite's write-ahead log, so a chain killed at any line comes
back with whole batches only. A batch holds accounts as they are after it, never a recipe to
recompute them: a new program binary cannot rewrite old history.
"""

import sqlite3
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from solders.account import Account
from solders.pubkey import Pubkey

from chain.local.blocks import Block
from chain.local.landed import Landed

#: lamports, rent epoch, executable, owner; then the data.
STATE = struct.Struct("<QQ?32s")

Place = tuple[int, int]
RawState = bytes | None


def pack(state: Account | None) -> RawState:
    """An account as bytes; None stays None: it does not exist."""
    if state is None:
        return None
    head = STATE.pack(state.lamports, state.rent_epoch, state.executable, bytes(state.owner))
    return head + state.data


def unpack(raw: RawState) -> Account | None:
    """The inverse of `pack`."""
    if raw is None:
        return None
    lamports, rent_epoch, executable, owner = STATE.unpack_from(raw)
    return Account(lamports, raw[STATE.size :], Pubkey(owner), executable, rent_epoch)


@dataclass(slots=True)
class Batch:
    """What happened since the last write, in the order in which it is applied.

    First `cut_from` (a fork) takes slots away, with the `cut_mentions` addresses; then the rest
    is added.
    """

    cut_from: int | None = None
    cut_mentions: set[str] = field(default_factory=set)
    blocks: list[Block] = field(default_factory=list)
    landed: list[Landed] = field(default_factory=list)
    accounts: dict[bytes, RawState] = field(default_factory=dict)
    undo: list[tuple[int, bytes, RawState]] = field(default_factory=list)
    finalized: int | None = None
    facts: dict[str, str] = field(default_factory=dict)


class Store:
    """The database; `write` runs in the journal's thread, reads on the event loop."""

    def __init__(self, folder: Path, *, fsync: bool) -> None:
        """Open or create `chain.db` in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self._sql = _queries(Path(__file__).with_suffix(".sql").read_text())
        self._writer = self._connect(folder / "chain.db")
        self._writer.execute(f"pragma synchronous = {'full' if fsync else 'off'}")
        self._writer.executescript(self._sql["schema"])
        self._reader = self._connect(folder / "chain.db")

    def close(self) -> None:
        """Close both connections; the journal must have finished."""
        self._reader.close()
        self._writer.close()

    def write(self, batch: Batch) -> None:
        """Apply a batch, all or nothing, and return when it is on disk."""
        with self._writer:
            self._writer.execute("begin immediate")
            if batch.cut_from is not None:
                self._cut(batch.cut_from, batch.cut_mentions)
            self._put_transactions(batch.landed)
            self._many("put_block", [_block_row(block) for block in batch.blocks])
            self._many("put_account", [i for i in batch.accounts.items() if i[1] is not None])
            self._many("drop_account", [(a,) for a, state in batch.accounts.items() if not state])
            self._many("put_undo", batch.undo)
            if batch.finalized is not None:
                self._writer.execute(self._sql["drop_undo"], (batch.finalized,))
            self._many("put_fact", list(batch.facts.items()))

    def facts(self) -> dict[str, str]:
        """Names and values that outlive a restart; empty on a new chain."""
        return dict(self._rows("facts"))

    def accounts(self) -> Iterator[tuple[Pubkey, Account | None]]:
        """Every account that a transaction ever wrote."""
        return ((Pubkey(key), unpack(state)) for key, state in self._rows("accounts"))

    def undo(self) -> Iterator[tuple[int, Pubkey, Account | None]]:
        """Pre-images of the slots that are not finalized: slot, address, state before it."""
        return ((slot, Pubkey(key), unpack(state)) for slot, key, state in self._rows("undo"))

    def last_blocks(self, count: int) -> list[Block]:
        """The newest blocks, oldest first."""
        return [Block(*row) for row in self._rows("last_blocks", count)]

    def block(self, slot: int) -> Block | None:
        """The block of a slot."""
        return next((Block(*row) for row in self._rows("block", slot)), None)

    def block_slots(self, first: int, last: int, limit: int) -> list[int]:
        """Slots with a block in a closed range."""
        return [slot for (slot,) in self._rows("block_slots", first, last, limit)]

    def first_block(self) -> int:
        """The oldest slot kept."""
        return int(next(iter(self._rows("first_block")))[0])

    def statuses(self, above: int) -> Iterator[tuple[str, int, Any]]:
        """Signature, slot and error of everything above a slot."""
        return ((s, slot, orjson.loads(err)) for s, slot, err in self._rows("statuses", above))

    def by_signature(self, signature: str) -> Landed | None:
        """One transaction."""
        return next((_landed(row) for row in self._rows("by_signature", signature)), None)

    def by_slots(self, first: int, last: int) -> list[Landed]:
        """The transactions of a closed range of slots, in chain order."""
        return [_landed(row) for row in self._rows("by_slots", first, last)]

    def mentioned(
        self, address: str, *, above: Place, below: Place, limit: int, ascending: bool
    ) -> list[Landed]:
        """Transactions that name an address strictly between two places."""
        name, edges = (
            ("mentioned_up", above + below) if ascending else ("mentioned_down", below + above)
        )
        return [_landed(row) for row in self._rows(name, address, *edges, limit)]

    def _connect(self, file: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma busy_timeout = 5000")
        return connection

    def _rows(self, query: str, *params: Any) -> sqlite3.Cursor:
        return self._reader.execute(self._sql[query], params)

    def _many(self, query: str, rows: list[Any]) -> None:
        if rows:
            self._writer.executemany(self._sql[query], rows)

    def _cut(self, slot: int, addresses: set[str]) -> None:
        self._many("cut_mentions", [(address, slot) for address in addresses])
        for query in ("cut_transactions", "cut_blocks", "cut_undo"):
            self._writer.execute(self._sql[query], (slot,))

    def _put_transactions(self, landed: list[Landed]) -> None:
        self._many("put_transaction", [_transaction_row(one) for one in landed])
        mentions = [(a, one.slot, one.index) for one in landed for a in one.mentions]
        self._many("put_mention", mentions)


def _queries(text: str) -> dict[str, str]:
    """The file's queries by name."""
    parts = (part.partition("\n") for part in text.split("-- name: ")[1:])
    return {name.strip(): body.strip() for name, _, body in parts}


def _block_row(block: Block) -> tuple[Any, ...]:
    return (
        block.slot,
        block.height,
        block.hash,
        block.parent_slot,
        block.parent_hash,
        block.time,
    )


def _transaction_row(one: Landed) -> tuple[Any, ...]:
    meta = zlib.compress(orjson.dumps(one.meta), 1)
    err = orjson.dumps(one.err).decode()
    return (one.slot, one.index, one.signature, one.time, err, one.wire, meta)


def _landed(row: tuple[Any, ...]) -> Landed:
    signature, slot, index, time, wire, meta = row
    return Landed(signature, slot, index, time, wire, orjson.loads(zlib.decompress(meta)), ())
