"""`./oddsline helius`: the webhook as it is and as it should be."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from ingestion.helius.client import HeliusError
from ingestion.helius.reconcile import Finding
from ingestion.helius.sync import HeliusSettings, synchronise
from oddsline.settings import load

app = typer.Typer(help="Manage the Helius webhook.", no_args_is_help=True)
console = Console()


@app.command()
def status() -> None:
    """Show what differs from what is wanted; exit 1 when something does."""
    finding = _run(apply=False)
    _show(finding)
    raise typer.Exit(1 if finding.actions or finding.surplus else 0)


@app.command()
def sync(
    dry_run: Annotated[bool, typer.Option(help="Only say what would be done.")] = False,  # noqa: FBT002 the framework reads it by name
) -> None:
    """Make the webhook what is wanted: create, edit, switch on again. Deletes nothing."""
    finding = _run(apply=not dry_run)
    _show(finding)


def _run(*, apply: bool) -> Finding:
    settings = load(HeliusSettings)
    try:
        return asyncio.run(synchronise(settings, apply=apply))
    except HeliusError as error:
        console.print(f"Helius: {error}")
        raise typer.Exit(2) from error


def _show(finding: Finding) -> None:
    for action in finding.actions:
        console.print(f"{action.kind}: {action.why}")
    for webhook_id in finding.surplus:
        console.print(f"surplus: webhook {webhook_id} has our URL too; delete it by hand")
    if not finding.actions and not finding.surplus:
        console.print(f"webhook {finding.webhook_id} is as wanted")
