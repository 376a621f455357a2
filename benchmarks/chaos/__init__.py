"""`./oddsline chaos`: break things under load and compare afterwards."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import monitor
from benchmarks.chaos.scorecard import show
from benchmarks.chaos.story import Size, run
from ingestion.settings import LedgerSettings
from oddsline.line import Line

console = Console()

PROCESSES = ("postgres", "valkey", "chain", "ingestion", "fold")
#: A private line's chain: misbehaves on order, and is final soon, so that repair can be watched.
ENVIRONMENT = {
    "ODDSLINE_CHAIN_PRIVATE": "true",
    "ODDSLINE_CHAIN_SLOT_MS": "200",
    "ODDSLINE_CHAIN_FINALIZED_AFTER": "16",
    "ODDSLINE_LOCAL_DISPUTE_PERIOD": "2",
}


def main(
    seed: Annotated[int, typer.Option(help="Deals the faults, the wallets and the trades.")] = 1,
    minutes: Annotated[float, typer.Option(min=0.05, help="How long faults strike.")] = 1.0,
    line: Annotated[
        str | None, typer.Option(help="A running line's API; its chain must be private.")
    ] = None,
    transitions: Annotated[
        int, typer.Option(min=0, help="Instead of trades: so many markets due at once.")
    ] = 0,
) -> None:
    """Trade on a line under random faults, then hold its marts against the chain.

    Exit 0: equal; 1: a difference, or a gap that stays; 2: nothing to compare. With --transitions
    the monitor's: 1 when fewer than 99 of 100 ended well, or anything landed twice.
    """
    if transitions:
        raise typer.Exit(monitor.judge(transitions))
    size = Size(seconds=60 * minutes)
    if line is not None:
        code = _judge(Line.at(line), size, seed)
    else:
        console.print("starting a private line")
        with Line.private(PROCESSES, env=ENVIRONMENT, durable=False) as private:
            code = _judge(private, size, seed)
    raise typer.Exit(code)


def _judge(line: Line, size: Size, seed: int) -> int:
    score = asyncio.run(run(line.settings(LedgerSettings), size, seed=seed, say=console.print))
    show(console, score)
    return score.exit_code
