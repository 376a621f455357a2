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
    return await recount_chosen(connection, "true")


async def recount_chosen(
    connection: asyncpg.Connection, chosen: str, *arguments: Sequence[str]
) -> list[Recount]:
    """As `recount`, of those rows for which an expression over `market_address` holds.

    Marts that are not by market (and so small) are compared whole.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("set local jit = off")
        models = await connection.fetch(sql("models"))
        return [
            await _recount(connection, model, chosen, *arguments)
            if model["by_market"]
            else await _recount(connection, model, "true")
            for model in models
        ]


async def _recount(
    connection: asyncpg.Connection, model: asyncpg.Record, chosen: str, *arguments: Sequence[str]
) -> Recount:
    statement = sql("recount").replace("{{relation}}", model["relation"])
    statement = statement.replace("{{chosen}}", chosen)
    statement = statement.replace("{{definition}}", model["definition"])
    row = await connection.fetchrow(statement, *(arguments if chosen != "true" else ()))
    return Recount(model["name"], **row)
