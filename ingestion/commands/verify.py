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
        report = asyncio.run(against_chain(Line.at(line)))
    else:
        from ingestion.commands.busy_line import busy_line

        with busy_line(console.print) as busy:
            report = asyncio.run(against_chain(busy))
    tell(report, console)
    raise typer.Exit(report.exit_code)


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


def tell(report: Report, console: Console) -> None:
    """What was compared, and what differs."""
    for kind, count in report.compared.items():
        console.print(f"{count} {kind} accounts compared")
    for difference in report.differences[:SHOWN]:
        console.print(str(difference))
    for address in report.unknown[:SHOWN]:
        console.print(f"{address}: a row that no account stands behind")
    wrong = len(report.differences) + len(report.unknown)
    console.print(f"{wrong} differences" if wrong else "no difference")
