"""What the line itself says about its gaps and its rows."""

import asyncio
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import asyncpg

LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Repair:
    """Whether and when the ledger vouched for every slot of the run."""

    complete: bool
    seconds: float
    closed: int
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows that the run left."""

    transactions: dict[str, int]  # by source
    events: int
    derived: int
    revisions: dict[str, int]  # by kind
    quarantined: int
    dead_letters: int


async def repaired(pool: asyncpg.Pool, slot: int, *, within_s: float) -> Repair:
    """Wait until the ledger agrees up to a slot without an open gap, or time is up."""
    started = time.monotonic()
    while True:
        row = await pool.fetchrow(_sql("standing"))
        gaps = await pool.fetch(_sql("gaps"))
        spent = time.monotonic() - started
        complete = row is not None and row["up_to_slot"] >= slot and not gaps
        if complete or spent > within_s:
            told = tuple(f"{g['from_slot']}..{g['to_slot']}: {g['reason']}" for g in gaps)
            closed = await pool.fetchval(_sql("closed"))
            return Repair(complete, spent, closed, told)
        await asyncio.sleep(LOOK_S)


async def stored(pool: asyncpg.Pool) -> Stored:
    """Count what there is."""
    transactions = await pool.fetch(_sql("transactions"))
    revisions = await pool.fetch(_sql("revisions"))
    row = await pool.fetchrow(_sql("stored"))
    assert row is not None
    return Stored(
        transactions={r["source"]: r["number"] for r in transactions},
        revisions={r["kind"]: r["number"] for r in revisions},
        **dict(row),
    )


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
