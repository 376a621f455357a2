"""`./oddsline backfill`: fetch what webhooks missed."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from ingestion.backfill import backfill as settle
from ingestion.backfill import workshop
from ingestion.ledger.ranges import Piece, Range
from ingestion.settings import LedgerSettings
from oddsline.settings import load

console = Console(stderr=True)


def backfill(
    from_slot: Annotated[int, typer.Option(min=0, help="The first slot.")],
    to_slot: Annotated[int, typer.Option(min=0, help="The last slot.")],
) -> None:
    """Fetch what webhooks missed in a range of slots; exit 1 when part of it stays open.

    Stop it at any time: the next run goes on where this one stopped.
    """
    if to_slot < from_slot:
        raise typer.BadParameter("--to-slot lies before --from-slot")
    opened = asyncio.run(_run(Range(from_slot, to_slot)))
    for piece in opened:
        console.print(f"open {piece.low}..{piece.high}: {piece.reason}")
    raise typer.Exit(1 if opened else 0)


async def _run(span: Range) -> list[Piece]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    opened: list[Piece] = []
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("slots", total=span.high - span.low + 1)
        async with workshop(load(LedgerSettings)) as tools:
            async for cut in settle(tools.walker, span):
                opened += [piece for piece in cut if piece.reason is not None]
                progress.update(bar, completed=span.high - cut[0].low + 1)
        progress.update(bar, completed=span.high - span.low + 1)
    return opened
