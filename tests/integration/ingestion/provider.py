"""An RPC provider made by hand: it can leave out, lag, fail and forget."""

from dataclasses import dataclass, field
from typing import Any

from benchmarks.traffic import trade
from chain.rpc_errors import NodeBehind, RateLimited
from ingestion.ledger.comparison import Listed
from ingestion.ledger.pages import Page
from ingestion.ledger.ranges import Range


@dataclass
class Provider:
    """Speaks for a list of transactions; the same interface as ingestion.ledger.source.Source."""

    transactions: list[dict[str, Any]]
    last: int
    first: int = 0
    chain: str = "genesis"
    limit: int = 1000
    needs_anchor: bool = False
    method: str = "getSignaturesForAddress"
    unlisted: set[str] = field(default_factory=set)  # fetched, but in no list
    unfetchable: set[str] = field(default_factory=set)  # listed, but not fetched
    unblocked: set[str] = field(default_factory=set)  # missing from their blocks
    tells_index: bool = True
    failing: bool = False
    tip_is_ahead_by: int = 0  # the node that tells the tip is not the one that lists
    pages: int = 0

    async def tip(self) -> int:
        self._answer()
        return self.last + self.tip_is_ahead_by

    async def genesis(self) -> str:
        self._answer()
        return self.chain

    async def first_available(self) -> int:
        self._answer()
        return self.first

    async def page(
        self, span: Range, cursor: str | None, *, tip: int, anchor: str | None = None
    ) -> Page:
        self._answer()
        self.pages += 1
        if tip > self.last:
            raise NodeBehind("list", "minimum context slot not reached")
        lines = [self._line(one) for one in self._newest_first()]
        start = cursor or anchor
        if start is not None:
            at = next((i for i, line in enumerate(lines) if line.signature == start), len(lines))
            lines = lines[at + 1 :]
        page = lines[: self.limit]
        return Page(page, page[-1].signature if page else None)

    async def transaction(self, signature: str) -> dict[str, Any] | None:
        self._answer()
        for one in self.transactions:
            if signature_of(one) == signature and signature not in self.unfetchable:
                return {k: v for k, v in one.items() if k != "indexWithinBlock"}
        return None

    async def block(self, slot: int) -> list[str] | None:
        self._answer()
        inside = [one for one in self.transactions if one["slot"] == slot]
        inside.sort(key=lambda one: one["indexWithinBlock"])
        names = [signature_of(one) for one in inside]
        return [name for name in names if name not in self.unblocked] or None

    def _newest_first(self) -> list[dict[str, Any]]:
        seen = [
            one
            for one in self.transactions
            if one["slot"] <= self.last and signature_of(one) not in self.unlisted
        ]
        return sorted(seen, key=lambda one: (one["slot"], one["indexWithinBlock"]), reverse=True)

    def _line(self, one: dict[str, Any]) -> Listed:
        index = one["indexWithinBlock"] if self.tells_index else None
        return Listed(one["slot"], signature_of(one), index)

    def _answer(self) -> None:
        if self.failing:
            raise RateLimited("any", "too many requests", code=429)


def signature_of(item: dict[str, Any]) -> str:
    """The signature of a webhook item."""
    return str(item["transaction"]["signatures"][0])


def history(count: int, *, slot: int = 100, per_slot: int = 3) -> list[dict[str, Any]]:
    """`count` trades, `per_slot` in each slot from `slot` on."""
    return [
        trade(n) | {"slot": slot + n // per_slot, "indexWithinBlock": n % per_slot}
        for n in range(count)
    ]
