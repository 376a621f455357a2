"""What the list says against what we have, of one range of slots; pure."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Listed(NamedTuple):
    """A line of a provider's list."""

    slot: int
    signature: str
    tx_index: int | None = None  # not every provider's list tells it


class Ours(NamedTuple):
    """A standing transaction of raw."""

    slot: int
    signature: str
    tx_index: int | None


class Comparison(NamedTuple):
    """Where list and raw differ. Only if all four are empty do they agree."""

    missing: list[Listed]  # listed, not ours
    unlisted: list[Ours]  # ours, not listed
    unplaced: list[Listed]  # ours without a place in the block; the list's word, if it has one
    disputed: list[Listed]  # push and list name different places

    @property
    def agrees(self) -> bool:
        """Whether nothing is left to do."""
        return not any(self)


def compare(listed: Sequence[Listed], ours: Sequence[Ours]) -> Comparison:
    """Compare by (slot, signature)."""
    have = {(o.slot, o.signature): o for o in ours}
    named = {(line.slot, line.signature) for line in listed}
    both = [(line, have[line.slot, line.signature]) for line in listed if line[:2] in have]
    return Comparison(
        missing=[line for line in listed if line[:2] not in have],
        unlisted=[o for o in ours if (o.slot, o.signature) not in named],
        unplaced=[line for line, own in both if own.tx_index is None],
        disputed=[
            line
            for line, own in both
            if None not in (own.tx_index, line.tx_index) and own.tx_index != line.tx_index
        ],
    )


def digest(signatures: Iterable[str]) -> str:
    """sha256 over the sorted signatures, joined by newlines: what anybody can recompute."""
    return hashlib.sha256("\n".join(sorted(signatures)).encode()).hexdigest()
