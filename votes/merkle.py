"""A Merkle tree over ballots, so that anyone can check that theirs was counted.

Hashing after RFC 6962 section 2.1: leaves and nodes are hashed under different prefixes, and a tree
of n leaves splits at the largest power of two below n. Leaves are sorted by hash first, so the
root depends on the set of ballots alone.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(signed_bytes: bytes, signature: bytes, weight: int, reason: str = "") -> bytes:
    """Hash one ballot: its signed bytes (length first), 64-byte signature, weight (u64 LE).

    A rejected ballot's `reason` follows, so that the reasons are bound too.
    """
    body = len(signed_bytes).to_bytes(4, "little") + signed_bytes + signature
    body += weight.to_bytes(8, "little") + reason.encode()
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """Every level of the tree, leaves first; memory is twice the leaves.

    A level pairs neighbours and carries a last odd node up unchanged, which gives exactly
    RFC 6962's root.
    """

    levels: tuple[tuple[bytes, ...], ...]

    @classmethod
    def over(cls, leaves: Iterable[bytes]) -> "Tree":
        """Build the tree over leaf hashes, in sorted order."""
        level = tuple(sorted(leaves))
        levels = [level]
        while len(level) > 1:
            level = _level_above(level)
            levels.append(level)
        return cls(tuple(levels))

    @property
    def leaves(self) -> int:
        return len(self.levels[0])

    @property
    def root(self) -> bytes:
        return self.levels[-1][0] if self.levels[0] else EMPTY_ROOT

    def proof(self, leaf: bytes) -> tuple[tuple[str, bytes], ...]:
        """Return the audit path from `leaf` to the root: `(left|right, hash)` of each sibling.

        Raises:
            ValueError: the leaf is not in the tree.
        """
        index = bisect_left(self.levels[0], leaf)
        if self.levels[0][index : index + 1] != (leaf,):
            raise ValueError("the leaf is not in the tree")
        path: list[tuple[str, bytes]] = []
        for level in self.levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                path.append(("left" if sibling < index else "right", level[sibling]))
            index //= 2
        return tuple(path)

    def stored(self) -> bytes:
        """Every hash, level by level from the sorted leaves up; `places` says where which is."""
        return b"".join(b"".join(level) for level in self.levels)


def places(index: int, leaves: int) -> Iterator[tuple[str, int]]:
    """The audit path of leaf `index` of so many: `(left|right, place)` of each sibling in `stored`.

    Both count hashes from 0.
    """
    first, size = 0, leaves
    while size > 1:
        sibling = index ^ 1
        if sibling < size:
            yield ("left" if sibling < index else "right", first + sibling)
        first += size
        index, size = index // 2, (size + 1) // 2


def _level_above(level: tuple[bytes, ...]) -> tuple[bytes, ...]:
    pairs = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return (*pairs, level[-1]) if len(level) % 2 else tuple(pairs)


def verify_proof(leaf: bytes, path: Sequence[tuple[str, bytes]], root: bytes) -> bool:
    """Whether `path` leads from `leaf` to `root`."""
    current = leaf
    for side, sibling in path:
        current = node_hash(sibling, current) if side == "left" else node_hash(current, sibling)
    return current == root
