"""Slots, blocks and blockhashes: which block is how final, and which blockhash is still good."""

from bisect import bisect_right
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import based58

from chain.local.settings import BLOCKHASH_BLOCKS

Commitment = Literal["processed", "confirmed", "finalized"]

#: Blocks kept in memory: the blockhash window, a long fork and room for status questions.
RECENT_BLOCKS = 512


@dataclass(frozen=True, slots=True)
class Block:
    """A closed slot; `time` in Unix seconds."""

    slot: int
    height: int
    hash: str
    parent_slot: int
    parent_hash: str
    time: int

    @property
    def last_valid_height(self) -> int:
        """The last block height at which this block's hash is accepted."""
        return self.height + BLOCKHASH_BLOCKS


@dataclass(frozen=True, slots=True)
class Tip:
    """How far the chain is at one commitment."""

    slot: int
    height: int


@dataclass(slots=True)
class Open:
    """The slot that transactions land in now; `landed` of them so far."""

    slot: int
    height: int
    time: int
    landed: int = 0


class Blocks:
    """The last blocks, oldest first, and the slot that is open above them."""

    def __init__(
        self, recent: list[Block], opened: Open, *, confirmed_after: int, finalized_after: int
    ) -> None:
        """`recent` holds at least one block, the newest is the parent of `opened`."""
        self._blocks = recent
        self._by_hash = {block.hash: block for block in recent}
        self._after = {
            "processed": 1,
            "confirmed": confirmed_after,
            "finalized": max(confirmed_after, finalized_after),
        }
        self._reported = {"confirmed": 0, "finalized": 0}
        self.open = opened
        #: The newest block on disk: nothing above it is told as confirmed, lest a crash unsay it.
        self.durable = self.newest.slot
        #: Slots by which this node pretends to be behind (faults.py).
        self.lag = 0

    @property
    def oldest(self) -> Block:
        """The oldest block in memory."""
        return self._blocks[0]

    @property
    def newest(self) -> Block:
        """The block that closed last."""
        return self._blocks[-1]

    def tip(self, commitment: Commitment) -> Tip:
        """The newest slot at a commitment; it never goes back, not even over a fork."""
        if commitment == "processed":
            return Tip(self.open.slot - self.lag, self.open.height - self.lag)
        block = self.block(commitment)
        slot = max(block.slot, self._reported[commitment])
        self._reported[commitment] = slot
        return Tip(slot, block.height)

    def block(self, commitment: Commitment) -> Block:
        """The newest closed block at a commitment, as this node sees it.

        On a young chain that is the oldest block.
        """
        edge = self.open.slot - self._after[commitment] - self.lag
        return self.at_or_below(min(edge, self.durable))

    def settled(self, commitment: Commitment) -> Block:
        """The newest closed block at a commitment, as the cluster sees it: without any lag."""
        return self.at_or_below(min(self.open.slot - self._after[commitment], self.durable))

    def seen(self, commitment: Commitment) -> int:
        """The last slot whose effects a reader at a commitment may see."""
        if commitment == "processed":
            return self.open.slot - self.lag
        return self.block(commitment).slot

    def at_or_below(self, slot: int) -> Block:
        """The newest recent block that is not above a slot."""
        return self._blocks[max(0, self._index_above(slot) - 1)]

    def after(self, slot: int, limit: int) -> list[Block]:
        """Recent blocks above one slot and not above another."""
        return self._blocks[self._index_above(slot) : self._index_above(limit)]

    def find(self, slot: int) -> Block | None:
        """The recent block of a slot; None when skipped, open or long gone."""
        block = self.at_or_below(slot)
        return block if block.slot == slot else None

    def by_hash(self, blockhash: str) -> Block | None:
        """The recent block with this hash, if its hash is still accepted."""
        block = self._by_hash.get(blockhash)
        if block is None or self.open.height > block.last_valid_height:
            return None
        return block

    def close(self, digest: bytes, *, slot: int, now: int) -> Block:
        """Close the open slot over a digest of its transactions and open `slot`."""
        opened, parent = self.open, self.newest
        blockhash = sha256(f"{parent.hash}:{opened.slot}:".encode() + digest).digest()
        block = Block(
            slot=opened.slot,
            height=opened.height,
            hash=based58.b58encode(blockhash).decode(),
            parent_slot=parent.slot,
            parent_hash=parent.hash,
            time=opened.time,
        )
        self._blocks.append(block)
        self._by_hash[block.hash] = block
        self.open = Open(slot, block.height + 1, max(opened.time, now))
        self._forget()
        return block

    def cut(self, slot: int) -> None:
        """Drop every closed block from a slot on: a fork; the open slot joins their parent."""
        keep = self._index_above(slot - 1)
        for block in self._blocks[keep:]:
            del self._by_hash[block.hash]
        del self._blocks[keep:]
        self.open = Open(self.open.slot, self.newest.height + 1, self.open.time)

    def _index_above(self, slot: int) -> int:
        return bisect_right(self._blocks, slot, key=lambda block: block.slot)

    def _forget(self) -> None:
        if len(self._blocks) > 2 * RECENT_BLOCKS:
            for block in self._blocks[:RECENT_BLOCKS]:
                del self._by_hash[block.hash]
            del self._blocks[:RECENT_BLOCKS]
