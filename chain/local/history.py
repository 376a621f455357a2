"""Who landed where: the unfinalized slots in memory, everything older in the store.

A fork can only take what is not finalized, so it only ever touches memory and a short tail on
disk. Answers that span both are put together here.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from chain.local.landed import Landed, mentions_of
from chain.local.store import Place, Store

Json = Any
LAST_SLOT = 2**62


@dataclass(frozen=True, slots=True)
class Status:
    """Where a recent transaction landed and how it ended."""

    slot: int
    err: Json


class History:
    """Transactions by signature, by address and by slot."""

    def __init__(self, store: Store, *, finalized: int, window: int) -> None:
        """Load what is above `finalized`; remember statuses above the slot `window`."""
        self._store = store
        self._slots: dict[int, list[Landed]] = {}
        self._signatures: dict[str, Landed] = {}
        self._addresses: defaultdict[str, list[Landed]] = defaultdict(list)
        self._finalized = finalized
        self.recent = {s: Status(slot, err) for s, slot, err in store.statuses(window)}
        for landed in store.by_slots(finalized + 1, LAST_SLOT):
            self.add(replace(landed, mentions=mentions_of(landed.wire, landed.meta)))

    @property
    def finalized(self) -> int:
        """The slot up to which the store alone is asked."""
        return self._finalized

    def add(self, landed: Landed) -> None:
        """A transaction landed in an unfinalized slot."""
        self._slots.setdefault(landed.slot, []).append(landed)
        self._signatures[landed.signature] = landed
        self.recent[landed.signature] = Status(landed.slot, landed.err)
        for address in landed.mentions:
            self._addresses[address].append(landed)

    def finalize(self, slot: int, window: int) -> None:
        """Leave everything up to a slot to the store; forget statuses up to `window`."""
        self._finalized = max(slot, self._finalized)
        for old in [s for s in self._slots if s <= slot]:
            for landed in self._slots.pop(old):
                self._drop(landed)
        for signature, status in list(self.recent.items()):
            if status.slot > window:
                break
            del self.recent[signature]

    def cut(self, slot: int) -> list[Landed]:
        """Forget everything from a slot on, in chain order: a fork."""
        gone = [landed for s in sorted(self._slots) if s >= slot for landed in self._slots[s]]
        for dead in [s for s in self._slots if s >= slot]:
            del self._slots[dead]
        for landed in gone:
            self._drop(landed)
            self.recent.pop(landed.signature, None)
        return gone

    def find(self, signature: str) -> Landed | None:
        """One transaction, however old."""
        return self._signatures.get(signature) or self._store.by_signature(signature)

    def in_slot(self, slot: int) -> list[Landed]:
        """A slot's transactions in order."""
        if slot > self._finalized:
            return list(self._slots.get(slot, []))
        return self._store.by_slots(slot, slot)

    def between(self, above: int, last: int) -> list[Landed]:
        """Transactions of the slots in (above, last], in chain order."""
        old = self._store.by_slots(above + 1, min(last, self._finalized))
        slots = sorted(s for s in self._slots if max(above, self._finalized) < s <= last)
        return old + [landed for slot in slots for landed in self._slots[slot]]

    def mentioning(
        self, address: str, *, above: Place, below: Place, limit: int, ascending: bool
    ) -> list[Landed]:
        """Transactions that name an address, strictly between two places (slot, index)."""
        new = [
            landed
            for landed in self._addresses.get(address, ())
            if above < (landed.slot, landed.index) < below
        ]
        edge = min(below, (self._finalized + 1, -1))
        if not ascending:
            new.reverse()
            left = limit - len(new)
            old = self._old(address, above, edge, left, ascending=False) if left > 0 else []
            return (new + old)[:limit]
        old = self._old(address, above, edge, limit, ascending=True)
        return (old + new)[:limit]

    def _old(
        self, address: str, above: Place, below: Place, limit: int, *, ascending: bool
    ) -> list[Landed]:
        return self._store.mentioned(
            address, above=above, below=below, limit=limit, ascending=ascending
        )

    def _drop(self, landed: Landed) -> None:
        self._signatures.pop(landed.signature, None)
        for address in landed.mentions:
            known = self._addresses[address]
            known.remove(landed)
            if not known:
                del self._addresses[address]
