"""`oddsline dlq`, `monitor` and `alerts`: what a person does about what went wrong or waits."""

import os
from pathlib import Path

import typer

from oddsline import blocking
from orchestration import settings
from orchestration.dead_letters import queue
from orchestration.delivery import send, words
from orchestration.monitor import held
from orchestration.monitor.holds import Hold

dlq = typer.Typer(help="look at and replay dead letters", no_args_is_help=True)
monitor = typer.Typer(help="hold and release markets", no_args_is_help=True)


LISTED = Path(__file__).with_name("sql")


def alerts(
    *,
    every: bool = typer.Option(default=False, help="resolved ones too"),
    test: bool = typer.Option(default=False, help="send a test message to every target"),
    limit: int = 50,
) -> int:
    """Alerts, newest first: those that fire, or (--every) all, and whether people were told."""
    if test:
        return _test_targets()
    statement = blocking.read_sql(LISTED, "list_alerts")
    with blocking.session(_database(), name="alerts") as connection:
        found = blocking.rows(connection, statement, {"every": every, "at_most": limit})
    for row in found:
        typer.echo(
            f"{row['fired_at']:%Y-%m-%d %H:%M:%S}\t{row['state']}\t{row['severity']}\t"
            f"{row['rule']}\t{row['subject']}\t{row['told']}\t{row['summary']}"
        )
    return 0


def _test_targets() -> int:
    known = settings.load()
    refused = 0
    for url in known.alert_targets:
        name = send.name_of(url)
        try:
            send.send(url, words.test(known.environment))
            typer.echo(f"{name}\tdelivered")
        except send.Undelivered as error:
            refused += 1
            typer.echo(f"{name}\t{error}")
    if not known.alert_targets:
        typer.echo("ODDSLINE_ALERT_URLS is not set: nobody is told")
    return int(refused > 0)


def _database() -> str:
    return settings.load().database_url


@dlq.command("list")
def list_letters(status: str | None = None, kind: str | None = None, limit: int = 50) -> None:
    """Letters, newest first."""
    with blocking.session(_database(), name="dlq") as connection:
        found = queue.listed(connection, status=status, kind=kind, at_most=limit)
    for one in found:
        typer.echo(f"{one.id}\t{one.kind}\t{one.status}\t{one.attempts}\t{one.key}\t{one.reason}")


@dlq.command()
def show(letter: int) -> None:
    """One letter with its payload."""
    with blocking.session(_database(), name="dlq") as connection:
        for one in queue.read(connection, [letter]):
            for name, value in vars(one).items():
                typer.echo(f"{name.rstrip('_')}: {value}")


@dlq.command()
def retry(letters: list[int]) -> None:
    """Try letters again: the running line's sensor takes them within seconds."""
    with blocking.session(_database(), name="dlq") as connection:
        typer.echo(f"{len(queue.replay(connection, letters))} of {len(letters)} are due now")


@dlq.command()
def resolve(letters: list[int], reason: str = typer.Option(...)) -> None:
    """Close letters by hand, saying why."""
    with blocking.session(_database(), name="dlq") as connection:
        typer.echo(f"{len(queue.resolve(connection, letters, reason))} resolved")


@monitor.command()
def hold(market_id: str, reason: str = typer.Option(...)) -> None:
    """Keep a market from being finalized until it is released."""
    with blocking.session(_database(), name="monitor") as connection:
        placed = held.place(connection, market_id, Hold("operator", reason))
    typer.echo("held" if placed else "it was held already")


@monitor.command()
def release(market_id: str) -> None:
    """Let a held market go on."""
    with blocking.session(_database(), name="monitor") as connection:
        released = held.release(connection, market_id, os.environ.get("USER", "operator"))
    typer.echo("released" if released else "it was not held")


@monitor.command("list")
def list_holds() -> None:
    """Markets that are held now, oldest first."""
    with blocking.session(_database(), name="monitor") as connection:
        for row in held.listed(connection):
            typer.echo(f"{row['market_id']}\t{row['rule']}\t{row['reason']}\t{row['held_at']}")
