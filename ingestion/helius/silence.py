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
LINES = 1000  # of the list, a page
PAGES = 20  # looked through at most: what is older than that is for the ledger alone


@dataclass(frozen=True, slots=True)
class Silence:
    """Slots whose transactions the webhook should have brought and did not: what to backfill."""

    from_slot: int
    to_slot: int
    undelivered: int
    oldest_age_s: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What listening came to.

    Attributes:
        silence: what was not delivered, if anything.
        speaks: whether the newest transaction that is old enough was delivered; None = there is
            none to tell by.
    """

    silence: Silence | None
    speaks: bool | None


def overdue(
    listed: Sequence[SignatureInfo], *, now: float, limit_s: float, since: float = 0
) -> list[SignatureInfo]:
    """Transactions old enough that a delivery should have brought them.

    Args:
        listed: lines of a list at confirmed commitment, newest first.
        now: Unix seconds.
        limit_s: the age from which.
        since: when the line began to listen, Unix seconds: nobody was to be brought what is older.
    """
    return [
        info
        for info in listed
        if info.block_time is not None and info.block_time >= since
        if now - info.block_time > limit_s
    ]


def silence(
    listed: Sequence[SignatureInfo], sources: Mapping[str, str], *, now: float, limit_s: float
) -> Silence | None:
    """The window in which the webhook was silent, if it was.

    Args:
        listed: lines of the program's list at confirmed commitment, newest first.
        sources: signature -> raw.transactions.source, for those that landed.
        now: Unix seconds.
        limit_s: age from which a transaction should have been delivered.
    """
    missed = [
        info
        for info in overdue(listed, now=now, limit_s=limit_s)
        if sources.get(info.signature) != WEBHOOK
    ]
    if not missed:
        return None
    slots = [info.slot for info in missed]
    oldest = min(info.block_time for info in missed if info.block_time is not None)
    return Silence(min(slots), max(slots), len(missed), now - oldest)


async def listen(
    pool: asyncpg.Pool, rpc: Rpc, program_id: str, *, now: float, limit_s: float, above: int = -1
) -> Heard:
    """Ask the chain what there was to deliver, and raw what was delivered.

    The list is walked down, past what is too young to tell, to where everything was delivered or
    the line did not listen yet.

    Args:
        above: slots up to here have been dealt with.

    Raises:
        RpcError: the node cannot say.
    """
    due: list[SignatureInfo] = []
    sources: dict[str, str] = {}
    since: float = await pool.fetchval(read_sql(SQL, "listening_since"))
    before = None
    for _ in range(PAGES):
        page = await rpc.get_signatures_for_address(
            program_id, before=before, limit=LINES, commitment="confirmed"
        )
        due_now = overdue(page, now=now, limit_s=limit_s, since=since)
        old = [info for info in due_now if info.slot > above]
        told = await _sources(pool, old)
        due, sources = due + old, sources | told
        missed = silence(old, told, now=now, limit_s=limit_s)
        if not page or page[-1].slot <= above or (page[-1].block_time or since) < since:
            break
        if old and missed is None:
            break
        before = page[-1].signature
    speaks = sources.get(due[0].signature) == WEBHOOK if due else None
    return Heard(silence(due, sources, now=now, limit_s=limit_s), speaks)


async def _sources(pool: asyncpg.Pool, infos: Sequence[SignatureInfo]) -> dict[str, str]:
    rows = await pool.fetch(read_sql(SQL, "sources"), [info.signature for info in infos])
    return {row["signature"]: row["source"] for row in rows}
