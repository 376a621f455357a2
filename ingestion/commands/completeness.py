"""`./oddsline completeness`: the ledger as a table."""

import asyncpg
from rich.console import Console
from rich.table import Table

from ingestion.commands import with_pool

console = Console()

MARKS = "select * from ops.completeness order by program_id, standing"
GAPS = "select * from ops.open_gaps order by from_slot limit 100"


def completeness() -> None:
    """Show up to which slot the data is complete, on whose word, and which gaps are open."""
    marks, gaps = with_pool(_read)
    for title, rows in (("complete", marks), ("open gaps", gaps)):
        if rows:
            table = Table(*rows[0].keys(), title=title)
            for row in rows:
                table.add_row(*("" if value is None else str(value) for value in row))
            console.print(table)
    if not marks:
        console.print("The ledger has not begun.")


async def _read(pool: asyncpg.Pool) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    return await pool.fetch(MARKS), await pool.fetch(GAPS)
