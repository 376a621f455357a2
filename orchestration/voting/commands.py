"""`oddsline disputes`: what only a person can decide, and how."""

import os
from typing import Annotated

import typer

from oddsline import blocking
from oddsline.commands import CommandError
from orchestration import settings
from orchestration.intents import waiting
from orchestration.voting import operator, watch
from orchestration.voting.operator import Choice

app = typer.Typer(
    help="disputes that their votes did not decide", no_args_is_help=True, add_completion=False
)


@app.command("list")
def list_disputes() -> None:
    """Disputes that twice had no quorum, oldest first."""
    known = settings.load()
    with blocking.session(known.database_url, name="disputes") as connection:
        for one in watch.undecided(connection):
            typer.echo(f"{one.subject}\t{one.summary}")


@app.command()
def resolve(
    market: Annotated[str, typer.Option(help="The market's id, 64 hex digits.")],
    *,
    as_voted: Annotated[
        bool, typer.Option("--as-voted", help="what votes there are decide")
    ] = False,
    keep_outcome: Annotated[
        bool, typer.Option("--keep-outcome", help="the proposed outcome stands")
    ] = False,
    wait_s: Annotated[float, typer.Option(help="seconds to wait for the keeper")] = 60,
) -> None:
    """Decide a dispute without a quorum; memo and API name the decision beside the real count."""
    if as_voted == keep_outcome:
        raise typer.BadParameter("name either --as-voted or --keep-outcome")
    choice = Choice.AS_VOTED if as_voted else Choice.KEEP_OUTCOME
    known = settings.load()
    by = os.environ.get("USER", "operator")
    found = operator.resolve(known, market, choice, by=by)
    typer.echo(f"counted {found.tally.in_favour} to {found.tally.against}")
    typer.echo(f"sent    {found.standing.in_favour} to {found.standing.against} ({choice})")
    (intent,) = waiting.wait(known.database_url, [found.intent], patience_s=wait_s).intents
    if not intent.ended:
        typer.echo("it waits for the keeper")
    elif intent.state == "done":
        typer.echo(f"finalized: {intent.signature or 'already done on chain'}")
    else:
        raise CommandError(f"not finalized: {intent.hold_reason or intent.failure}")
