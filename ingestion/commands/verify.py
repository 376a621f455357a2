"""`./oddsline verify`: the marts against the program's own accounts, field by field."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from chain.program.interface import load_program
from chain.rpc import Rpc
from ingestion.verify.accounts import reader
from ingestion.verify.run import Report
from ingestion.verify.run import verify as compare
from ingestion.verify.treasury import Treasury, read_treasury
from oddsline import postgres
from oddsline.line import Line

#: Differences printed; the count above them is exact.
SHOWN = 20


def verify(
    line: Annotated[str | None, typer.Option(help="URL of a running line's API")] = None,
) -> None:
    """Compare marts with accounts: exit 0 equal, 1 different, 2 nothing to compare."""
    console = Console()
    if line is not None:
        report, treasury = asyncio.run(both(Line.at(line)))
    else:
        from chain.local.genesis import PURSE
        from ingestion.commands.busy_line import busy_line

        with busy_line(console.print) as busy:
            # Nothing but trades has touched the fee wallet of a line of our own since genesis.
            report, treasury = asyncio.run(both(busy, opening=PURSE))
    tell(report, treasury, console)
    raise typer.Exit(report.exit_code or min(1, len(treasury.differences)))


async def both(line: Line, *, opening: int | None = None) -> tuple[Report, Treasury]:
    """Accounts with rows, and the protocol's fees with the wallet that got them."""
    report = await against_chain(line)
    program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
    pool = await postgres.open_pool(line.database_url, name="verify", max_size=2)
    try:
        async with Rpc(line.url("chain")) as rpc:
            return report, await read_treasury(rpc, program, pool, opening=opening)
    finally:
        await pool.close()


async def against_chain(line: Line, *, patience_s: float = 15.0) -> Report:
    """Read every account and its row until they agree or nothing has come closer for so long."""
    program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
    pool = await postgres.open_pool(line.database_url, name="verify", max_size=2)
    try:
        async with Rpc(line.url("chain")) as rpc:
            read = reader(rpc, program)
            return await compare(pool, read, program=program.program_id, patience_s=patience_s)
    finally:
        await pool.close()


def tell(report: Report, treasury: Treasury, console: Console) -> None:
    """What was compared, and what differs."""
    for kind, count in report.compared.items():
        console.print(f"{count} {kind} accounts compared")
    console.print(f"markets hold {report.held:,} lamports, and {report.gifts:,} they were given")
    console.print(f"trades paid {treasury.fees:,} lamports to {treasury.address},")
    console.print(f"which holds {treasury.lamports:,}; {treasury.sampled} transactions compared")
    found = (*report.differences, *treasury.differences)
    for difference in found[:SHOWN]:
        console.print(str(difference))
    for address in report.unknown[:SHOWN]:
        console.print(f"{address}: a row that no account stands behind")
    wrong = len(found) + len(report.unknown)
    console.print(f"{wrong} differences" if wrong else "no difference")
