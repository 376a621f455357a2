"""Quiet must be visible: transactions that are old enough and that no delivery brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chain.rpc import Rpc
from chain.rpc_types import SignatureInfo
from oddsline.blocking import read_sql

SQL = Path(__file__).parent / "sql"
WEBHOOK = "webhook"
LOOKED_AT = 200  # the newest signatures


@dataclass(frozen=True, slots=True)
class Silence:
    """Slots whose transactions the webhook should have brought and did not: what to backfill."""

    from_slot: int
    to_slot: int
    undelivered: int
    oldest_age_s: float


def silence(
    listed: Sequence[SignatureInfo], sources: Mapping[str, str], *, now: float, limit_s: float
) -> Silence | None:
    """The window in which the webhook was silent, if it was.

    Args:
        listed: the program's newest signatures at confirmed commitment.
        sources: signature -> raw.transactions.source, for those that landed.
        now: Unix seconds.
        limit_s: age from which a transaction should have been delivered.
    """
    overdue = [
        info
        for info in listed
        if info.block_time is not None
        and now - info.block_time > limit_s
        and sources.get(info.signature) != WEBHOOK
    ]
    if not overdue:
        return None
    slots = [info.slot for info in overdue]
    oldest = min(info.block_time for info in overdue if info.block_time is not None)
    return Silence(min(slots), max(slots), len(overdue), now - oldest)


async def listen(
    pool: asyncpg.Pool, rpc: Rpc, program_id: str, *, now: float, limit_s: float
) -> Silence | None:
    """Ask the chain what there was to deliver, and raw what was delivered.

    Raises:
        RpcError: the node cannot say.
    """
    listed = await rpc.get_signatures_for_address(
        program_id, limit=LOOKED_AT, commitment="confirmed"
    )
    rows = await pool.fetch(read_sql(SQL, "sources"), [info.signature for info in listed])
    sources = {row["signature"]: row["source"] for row in rows}
    return silence(listed, sources, now=now, limit_s=limit_s)
