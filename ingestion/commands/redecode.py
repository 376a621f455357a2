"""`./oddsline redecode`: read stored payloads again, show what differs, then write it."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chain.program.interface import load_program
from ingestion.intake.fees import FeeBook
from ingestion.ledger.ranges import Range
from ingestion.redecoding import run
from ingestion.revisions.effective import Change
from ingestion.settings import LedgerSettings
from oddsline import postgres
from oddsline.settings import load

console = Console()
SHOWN = 50  # differences; all are counted
LAST_SLOT = 2**53


def redecode(
    from_slot: Annotated[int, typer.Option(min=0)] = 0,
    to_slot: Annotated[int, typer.Option(min=0)] = LAST_SLOT,
    write: Annotated[bool, typer.Option("--write")] = False,  # noqa: FBT002 the framework reads it by name
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before writing.")] = False,  # noqa: FBT002 the framework reads it by name
) -> None:
    """Read stored payloads again, show what differs, and with --write say it as revisions."""
    settings, span = load(LedgerSettings), Range(from_slot, to_slot)
    different = asyncio.run(_compare(settings, span))
    if not different or not write:
        return
    if yes or typer.confirm(f"write revisions for {different} events?"):
        console.print(f"{asyncio.run(_write(settings, span))} events revised")


async def _compare(settings: LedgerSettings, span: Range) -> int:
    table = Table("slot", "signature", "event", "before", "after")
    read = refused = different = 0
    pool, fees = await _open(settings)
    async for reading in run.read_again(pool, load_program(settings.program_id), fees, span):
        read += 1
        refused += reading.refused is not None
        for change in reading.changes:
            different += 1
            if different <= SHOWN:
                place = f"{change.event['outer']}.{change.event['inner_path']}"
                name = f"{change.event['name']} {place}.{change.event['ordinal']}"
                table.add_row(str(reading.slot), reading.signature[:16], name, *_sides(change))
    await pool.close()
    if different:
        console.print(table)
    console.print(f"{read} transactions read, {different} events differ, {refused} unreadable")
    return different


async def _write(settings: LedgerSettings, span: Range) -> int:
    written = 0
    pool, fees = await _open(settings)
    async for reading in run.read_again(pool, load_program(settings.program_id), fees, span):
        await run.write(pool, reading)
        written += len(reading.changes)
    await pool.close()
    return written


async def _open(settings: LedgerSettings) -> tuple[postgres.Pool, FeeBook]:
    pool = await postgres.open_pool(settings.database_url, name="redecode", max_size=2)
    fees = FeeBook()
    await fees.refresh(pool)
    return pool, fees


def _sides(change: Change) -> tuple[str, str]:
    """Only the fields that differ, as they were and as they would be."""
    before, after = change.before or {}, change.after or {}
    if not before or not after:
        return ("-" if not before else "there", "-" if not after else "there")
    names = [
        name
        for name in sorted(before.keys() | after.keys())
        if name not in ("seq", "received_at") and before.get(name) != after.get(name)
    ]
    return (
        ", ".join(f"{name}={before.get(name)}" for name in names),
        ", ".join(f"{name}={after.get(name)}" for name in names),
    )
