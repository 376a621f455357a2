"""Are the marts what a rebuild would give? Each model's own select, run over all raw rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from ingestion.fold.publisher import sql


@dataclass(frozen=True)
class Recount:
    """One mart beside its rebuild."""

    model: str
    rows: int  # in the mart
    rebuilt: int  # in the rebuild
    hash: str  # of the mart's rows, whatever their order
    rebuilt_hash: str
    missing: Sequence[dict[str, Any]]  # a few rows only the rebuild has
    surplus: Sequence[dict[str, Any]]  # a few rows only the mart has

    @property
    def equal(self) -> bool:
        """Row for row, byte for byte."""
        return self.hash == self.rebuilt_hash and self.rows == self.rebuilt


async def recount(connection: asyncpg.Connection) -> list[Recount]:
    """Compare every live mart with what its select says now, in one snapshot.

    The fold may run meanwhile: both sides are read at the same cursor.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("set local jit = off")
        models = await connection.fetch(
            "select name, relation, definition from live.models order by name"
        )
        return [await _recount(connection, model) for model in models]


async def _recount(connection: asyncpg.Connection, model: asyncpg.Record) -> Recount:
    statement = sql("recount").replace("{{relation}}", model["relation"])
    row = await connection.fetchrow(statement.replace("{{definition}}", model["definition"]))
    return Recount(model["name"], **row)
