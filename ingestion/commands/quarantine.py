"""`./oddsline quarantine`: items that could not land."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ingestion.backfill import workshop
from ingestion.commands import with_pool
from ingestion.quarantine import store
from ingestion.settings import LedgerSettings
from oddsline.settings import load

app = typer.Typer(help="Look at and replay refused items.", no_args_is_help=True)
console = Console()

EVERY = 1_000_000


@app.command("list")
def list_held(
    status: Annotated[
        str, typer.Option(help="quarantined, queued, replayed, discarded or any.")
    ] = "quarantined",
    limit: Annotated[int, typer.Option(min=1)] = 50,
) -> None:
    """List held items, oldest first."""
    chosen = None if status == "any" else status
    table = Table("id", "received", "status", "tries", "bytes", "signature", "reason")
    for row in with_pool(lambda pool: store.listed(pool, status=chosen, most=limit)):
        received = f"{row.received_at:%Y-%m-%d %H:%M:%S}"
        numbers = str(row.attempts), str(len(row.item))
        name = (row.signature or "")[:16]
        table.add_row(str(row.id), received, row.status, *numbers, name, row.reason)
    console.print(table)


@app.command()
def show(row_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Print one item as it was received."""
    rows = with_pool(lambda pool: store.listed(pool, status=None, ids=[row_id]))
    if not rows:
        raise typer.BadParameter(f"there is no item {row_id}")
    typer.echo(rows[0].item.decode(errors="replace"))


@app.command()
def replay(
    ids: Annotated[
        list[int] | None, typer.Argument(help="Ids; none = all that wait.", metavar="ID")
    ] = None,
) -> None:
    """Try items again, by their signature where they are unusable; exit 1 when some still wait."""
    results = asyncio.run(_replay(ids))
    failed = [(row_id, why) for row_id, why in results if why is not None]
    for row_id, why in failed:
        console.print(f"{row_id}: {why}")
    console.print(f"{len(results) - len(failed)} landed, {len(failed)} still held")
    raise typer.Exit(1 if failed else 0)


@app.command()
def discard(ids: Annotated[list[int], typer.Argument(metavar="ID")]) -> None:
    """Give items up; they stay in the table."""
    console.print(f"{len(with_pool(lambda pool: store.discard(pool, ids)))} discarded")


async def _replay(ids: list[int] | None) -> list[tuple[int, str | None]]:
    async with workshop(load(LedgerSettings)) as tools:
        if ids is not None:
            return await tools.replayer.replay(await store.listed(tools.pool, status=None, ids=ids))
        waiting = await store.listed(tools.pool, status="quarantined", most=EVERY)
        waiting += await store.listed(tools.pool, status="queued", most=EVERY)
        return await tools.replayer.replay(waiting)
