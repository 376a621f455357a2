"""`./oddsline prove`: rebuild every mart from raw and compare, row for row, byte for byte."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from ingestion.fold.recount import Recount, recount
from oddsline import postgres
from oddsline.line import Line

#: Marts that a line which traded cannot have empty; the others need votes or a changed config.
COMPARED = ("candles", "lifecycle_events", "markets", "positions", "trades", "wallet_daily")


def prove(
    line: Annotated[str | None, typer.Option(help="URL of a running line's API")] = None,
    *,
    break_one: Annotated[
        bool, typer.Option("--break", help="alter one row first; must end with 1")
    ] = False,
) -> None:
    """Compare marts with a rebuild: exit 0 equal, 1 different, 2 nothing to compare."""
    console = Console()
    if line is not None:
        code = asyncio.run(compare(Line.at(line).database_url, console, break_one=break_one))
    else:
        from ingestion.commands.busy_line import busy_line

        with busy_line(console.print) as busy:
            code = asyncio.run(compare(busy.database_url, console, break_one=break_one))
    raise typer.Exit(code)


async def compare(database_url: str, console: Console, *, break_one: bool) -> int:
    """Print both sides of every mart; returns the exit code."""
    connection = await postgres.connect(database_url, name="prove")
    try:
        if break_one:
            console.print(f"one lamport too many: {await alter_one(connection, 1)}")
        try:
            counts = await recount(connection)
        finally:
            if break_one:
                await alter_one(connection, -1)
    finally:
        await connection.close()
    console.print(table(counts))
    for count in counts:
        report(count, console.print)
    return verdict(counts)


async def alter_one(connection: asyncpg.Connection, lamports: int) -> str:
    """Change one market's volume; returns which."""
    address = await connection.fetchval(
        "update marts.markets set volume = volume + $1 where market_address = "
        "(select min(market_address) from marts.markets) returning market_address",
        lamports,
    )
    return str(address)


def verdict(counts: Sequence[Recount]) -> int:
    """0 equal, 1 different, 2 a compared mart is empty."""
    if not all(count.equal for count in counts):
        return 1
    rows = {count.model: count.rows for count in counts}
    return 0 if all(rows.get(name) for name in COMPARED) else 2


def table(counts: Sequence[Recount]) -> Table:
    """Rows and hashes of both sides per mart."""
    shown = Table("mart", "rows", "rebuilt", "hash", "rebuilt hash", "")
    for count in counts:
        verdict_of = "equal" if count.equal else "DIFFERENT"
        sides = (f"{count.rows:,}", f"{count.rebuilt:,}", count.hash[:12], count.rebuilt_hash[:12])
        shown.add_row(count.model, *sides, verdict_of)
    return shown


def report(count: Recount, say: Callable[[str], None]) -> None:
    """A few of the rows that differ."""
    for name, rows in (("only in the rebuild", count.missing), ("only in the mart", count.surplus)):
        for row in rows:
            say(f"{count.model}, {name}: {row}")
