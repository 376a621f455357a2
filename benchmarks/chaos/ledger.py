"""What the line itself says about its gaps and its rows."""

import asyncio
import time
from collections.abc import Mapping
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
    gaps: tuple[str, ...]  # still open


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows that there are, or that a run left."""

    transactions: Mapping[str, int]  # by source
    revisions: Mapping[str, int]  # by kind
    events: int
    derived: int
    quarantined: int
    dead_letters: int
    gaps_closed: int

    def since(self, before: "Stored") -> "Stored":
        """What came after."""
        return Stored(
            _grown(self.transactions, before.transactions),
            _grown(self.revisions, before.revisions),
            self.events - before.events,
            self.derived - before.derived,
            self.quarantined - before.quarantined,
            self.dead_letters - before.dead_letters,
            self.gaps_closed - before.gaps_closed,
        )


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
            return Repair(complete, spent, told)
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


def _grown(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    grown = {name: number - before.get(name, 0) for name, number in now.items()}
    return {name: number for name, number in grown.items() if number}


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
