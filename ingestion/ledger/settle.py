"""Settle one range: bring what is missing, place it, question what nobody lists, then judge."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import structlog

from chain.rpc_errors import RpcError
from ingestion import metrics
from ingestion.forks.audit import Auditor
from ingestion.ledger.book import Book
from ingestion.ledger.comparison import Comparison, Listed, Ours, compare
from ingestion.ledger.fetch import Fetcher
from ingestion.ledger.ranges import Piece, Range, pieces
from ingestion.revisions import store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Settler:
    """Settles ranges of one program with one provider's list."""

    pool: asyncpg.Pool
    book: Book
    fetcher: Fetcher
    auditor: Auditor

    async def settle(self, span: Range, listed: Sequence[Listed]) -> list[Piece]:
        """Make raw agree with the list, and record where it does and where it does not.

        Args:
            span: slots of which `listed` is every line.
            listed: the list at finalized commitment.

        Raises:
            OSError, asyncpg.PostgresError: PostgreSQL is away; nothing was recorded.
        """
        problems: dict[int, str] = {}
        before = compare(listed, await self.book.ours(span))
        if not before.agrees:
            await self.book.note(_gap(before), source=self.fetcher.source.method)
            problems = await self._mend(span, before)
            metrics.LEDGER_FETCHED.inc(len(before.missing))
        ours = await self.book.ours(span)
        problems = _left(compare(listed, ours)) | problems | await self.book.unreadable(span)
        cut = pieces(span, problems)
        await self.book.write(cut, ours, source=self.fetcher.source.method)
        for piece in cut:
            if piece.reason is not None:
                log.warning("gap", low=piece.low, high=piece.high, reason=piece.reason)
        return cut

    async def _mend(self, span: Range, found: Comparison) -> dict[int, str]:
        """Do about differences what can be done; slots that still differ, with the reason."""
        fallen = await self.book.fallen(span) if found.missing else set()
        for line in found.missing:
            if line[:2] in fallen:
                reason = "listed as final after all"
                await store.restore(self.pool, line.slot, line.signature, reason=reason)
        problems = await self.fetcher.bring([m for m in found.missing if m[:2] not in fallen])
        problems |= await self._place(found)
        for own in found.unlisted:
            verdict = await self.auditor.audit(own)
            if verdict.kind in ("stands", "uncertain"):
                problems[own.slot] = f"{verdict.kind}: {own.signature}: {verdict.reason}"
        return problems

    async def _place(self, found: Comparison) -> dict[int, str]:
        """Give every transaction its place in its block; where two differ the block decides."""
        problems: dict[int, str] = {}
        asked = [line._replace(tx_index=None) for line in found.disputed]
        for line in (*found.unplaced, *asked):
            try:
                index = await self.fetcher.index(line)
            except RpcError as error:
                problems[line.slot] = f"{line.signature}: {error}"
                continue
            if index is not None:
                await store.place(self.pool, line.slot, line.signature, index)
        return problems


def _gap(found: Comparison) -> Piece:
    """Where list and raw differ, and in what."""
    kinds = [*_kinds(found), ("in another place", found.disputed)]
    slots = [line.slot for _, lines in kinds for line in lines]
    counts = [f"{len(lines)} {what}" for what, lines in kinds if lines]
    return Piece(min(slots), max(slots), ", ".join(counts))


def _left(found: Comparison) -> dict[int, str]:
    """What still differs after mending, for slots that have no better reason."""
    kinds = _kinds(found)
    return {line.slot: f"{line.signature} is {what}" for what, lines in kinds for line in lines}


def _kinds(found: Comparison) -> list[tuple[str, Sequence[Listed | Ours]]]:
    return [
        ("missing", found.missing),
        ("not listed", found.unlisted),
        ("without a place in its block", found.unplaced),
    ]
