"""What one provider says, at one commitment: list, fetch and tip never mix commitments.

A list at `finalized` read against a tip at `confirmed` silently skips thirty slots.
"""

from typing import Any, Final

from chain.rpc import Rpc
from chain.rpc_errors import SlotSkipped, Unsupported
from ingestion.ledger.budget import Budget
from ingestion.ledger.comparison import Listed
from ingestion.ledger.pages import Page
from ingestion.ledger.ranges import Range

COMMITMENT: Final = "finalized"
LIMIT = 1000


class Source:
    """A provider's word on one program.

    Args:
        rpc: the node.
        program_id: the address whose transactions count.
        budget: what we may ask of it.
    """

    def __init__(self, rpc: Rpc, program_id: str, budget: Budget) -> None:
        self._rpc = rpc
        self._program = program_id
        self._budget = budget
        self._lists_slots = True  # until the node says it has no getTransactionsForAddress

    async def close(self) -> None:
        """Let the node's connections go."""
        await self._rpc.close()

    @property
    def needs_anchor(self) -> bool:
        """Whether its list can only be walked from a signature down."""
        return not self._lists_slots

    @property
    def method(self) -> str:
        """The list method in use, as the ledger records it."""
        return "getTransactionsForAddress" if self._lists_slots else "getSignaturesForAddress"

    async def tip(self) -> int:
        """The last finalized slot."""
        return await self._budget.call(lambda: self._rpc.get_slot(COMMITMENT))

    async def genesis(self) -> str:
        """Which chain this is."""
        return await self._budget.call(self._rpc.get_genesis_hash)

    async def first_available(self) -> int:
        """The oldest slot that the node can vouch for."""
        return await self._budget.call(self._rpc.get_first_available_block)

    async def page(
        self, span: Range, cursor: str | None, *, tip: int, anchor: str | None = None
    ) -> Page:
        """A page of the list, newest first, by a node that has seen `tip`.

        Args:
            span: the slots that are wanted; where the node cannot filter by slot, more comes.
            cursor: of the page before.
            tip: a node behind it must refuse rather than list less.
            anchor: a signature above the span that the node knows, from which a node that cannot
                filter by slot may begin instead of at its tip.
        """
        if self._lists_slots:
            try:
                return await self._filtered(span, cursor, tip)
            except Unsupported:
                self._lists_slots = False
        return await self._signatures(cursor or anchor, tip)

    async def transaction(self, signature: str) -> dict[str, Any] | None:
        """The transaction as the node gives it; None = it knows none that is final."""
        return await self._budget.call(lambda: self._rpc.get_transaction(signature, COMMITMENT))

    async def block(self, slot: int) -> list[str] | None:
        """The signatures of a block in order; None = the slot was skipped."""
        try:
            block = await self._budget.call(
                lambda: self._rpc.get_block(slot, details="signatures", commitment=COMMITMENT)
            )
        except SlotSkipped:
            return None
        return list(block["signatures"])

    async def _filtered(self, span: Range, cursor: str | None, tip: int) -> Page:
        options: dict[str, Any] = {
            "transactionDetails": "signatures",
            "sortOrder": "desc",
            "limit": LIMIT,
            "minContextSlot": tip,
            "filters": {"slot": {"gte": span.low, "lte": span.high}},
        }
        if cursor is not None:
            options["paginationToken"] = cursor
        rows, token = await self._budget.call(
            lambda: self._rpc.get_transactions_for_address(self._program, options, COMMITMENT)
        )
        return Page([_line(row) for row in rows], token)

    async def _signatures(self, cursor: str | None, tip: int) -> Page:
        options: dict[str, Any] = {
            "commitment": COMMITMENT,
            "limit": LIMIT,
            "minContextSlot": tip,
        }
        if cursor is not None:
            options["before"] = cursor
        rows = await self._budget.call(
            lambda: self._rpc.call("getSignaturesForAddress", self._program, options)
        )
        lines = [_line(row) for row in rows]
        # A short page is not yet the end: nodes with an archive behind them cut pages as they like.
        return Page(lines, lines[-1].signature if lines else None)


def _line(row: dict[str, Any]) -> Listed:
    return Listed(row["slot"], row["signature"], row.get("transactionIndex"))
