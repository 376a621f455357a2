"""Ask about transactions that no list names, and act on the verdict."""

from dataclasses import dataclass

import asyncpg
import structlog

from chain.rpc_errors import RpcError
from ingestion.forks.verdict import Testimony, Verdict, judge
from ingestion.ledger.comparison import Ours
from ingestion.ledger.source import Source
from ingestion.revisions import store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Auditor:
    """Judges vanished transactions.

    Attributes:
        pool: PostgreSQL.
        first: the provider whose list does not name them.
        second: another provider of the same chain, if there is one.
    """

    pool: asyncpg.Pool
    first: Source
    second: Source | None

    async def audit(self, ours: Ours) -> Verdict:
        """Retract, re-place, or leave it standing for a reason; failures leave it uncertain."""
        try:
            verdict = await self._judge(ours)
        except RpcError as error:
            return Verdict("uncertain", str(error))
        if verdict.kind in ("retract", "replace"):
            await store.retract(
                self.pool, ours.slot, ours.signature, kind=verdict.kind, reason=verdict.reason
            )
        log.warning(
            "transaction left its slot" if verdict.new_slot is None else "transaction moved",
            slot=ours.slot,
            signature=ours.signature,
            verdict=verdict.kind,
            reason=verdict.reason,
        )
        return verdict

    async def _judge(self, ours: Ours) -> Verdict:
        first = await _ask(self.first, ours, block=True)
        second = None if self.second is None else await _ask(self.second, ours, block=False)
        return judge(ours.slot, first, second)


async def _ask(source: Source, ours: Ours, *, block: bool) -> Testimony:
    # Before the search: what the node had seen by then is what its not finding anything is worth.
    first_available, tip = await source.first_available(), await source.tip()
    found = await source.transaction(ours.signature)
    in_block = None
    if block and found is None and first_available <= ours.slot:
        in_block = ours.signature in (await source.block(ours.slot) or [])
    return Testimony(first_available, tip, None if found is None else found["slot"], in_block)
