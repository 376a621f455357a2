"""Fold in tests, and compare with a rebuild."""

import asyncpg

from ingestion.fold.recount import recount


async def fold(connection: asyncpg.Connection, *, rows: int = 20_000) -> int:
    """Fold until nothing is left; returns the number of batches."""
    batches = 0
    while (await connection.fetchrow("select * from live.fold($1)", rows))["moved"]:
        batches += 1
    return batches


async def assert_equals_rebuild(connection: asyncpg.Connection) -> dict[str, int]:
    """Every mart equals its own select over all raw rows; returns rows by mart."""
    counts = await recount(connection)
    assert counts, "no live model is deployed"
    for count in counts:
        assert count.equal, f"{count.model}: missing {count.missing}, surplus {count.surplus}"
    return {count.model: count.rows for count in counts}
