"""Is a transaction that no list names gone? Only with proof that somebody looked; pure."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Testimony:
    """What one provider says of a signature at finalized commitment.

    Attributes:
        first_available: the oldest slot it can vouch for.
        tip: the last finalized slot it has seen.
        found_in: the slot in which it knows the transaction; None = it knows none.
        in_block: whether its block of our slot names the signature; None = it was not asked.
    """

    first_available: int
    tip: int
    found_in: int | None
    in_block: bool | None = None

    def covers(self, slot: int) -> bool:
        """Whether its not knowing anything of a slot means anything."""
        return self.first_available <= slot <= self.tip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a transaction of ours that the list does not name."""

    kind: Literal["retract", "replace", "stands", "uncertain"]
    reason: str
    new_slot: int | None = None


def judge(slot: int, first: Testimony, second: Testimony | None) -> Verdict:
    """Decide from what the listing provider says and what another source says.

    The other source is a second provider where there is one, else the first provider's own block
    of that slot: two different words of the same mouth, weaker, but a list's omission alone has
    never retracted anything.
    """
    for witness in (first, second):
        if witness is not None and witness.found_in is not None:
            return _found(slot, witness.found_in)
    return _absent(slot, first, second)


def _found(slot: int, found_in: int) -> Verdict:
    if found_in == slot:
        return Verdict("stands", "the list omits it, yet it can be fetched")
    return Verdict("replace", f"now in slot {found_in}", found_in)


def _absent(slot: int, first: Testimony, second: Testimony | None) -> Verdict:
    """Nobody can fetch it: gone, if that says anything."""
    if not first.covers(slot):
        return Verdict("uncertain", f"the provider vouches from slot {first.first_available} on")
    if first.in_block:
        return Verdict("stands", "the list omits it, yet its block names it")
    if second is not None:
        if not second.covers(slot):
            return Verdict("uncertain", "the second provider cannot vouch for its slot")
        return Verdict("retract", "final without it, by two providers")
    if first.in_block is None:
        return Verdict("uncertain", "no second source")
    return Verdict("retract", "final without it, by list and block")
