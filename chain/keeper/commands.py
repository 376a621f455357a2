"""`oddsline keeper …`: the pause switch, and what stands where."""

from pathlib import Path

import typer

from oddsline import blocking
from oddsline.settings import load

SQL = Path(__file__).parent / "sql"

app = typer.Typer(no_args_is_help=True, help="The keeper's pause switch and its work.")


@app.command()
def pause(reason: str) -> None:
    """Take up no intent until resumed; what was sent is still followed to its end."""
    _switch(paused=True, reason=reason)
    typer.echo("paused")


@app.command()
def resume() -> None:
    """Take up intents again."""
    _switch(paused=False, reason=None)
    typer.echo("resumed")


@app.command()
def status() -> None:
    """Whether it is paused, and how many intents stand in each state."""
    with blocking.session(load().database_url, name="keeper-command") as connection:
        found = blocking.rows(connection, blocking.read_sql(SQL, "standing"))
    first = found[0]
    typer.echo(f"paused: {first['reason']}" if first["paused"] else "running")
    for row in found:
        if row["state"]:
            typer.echo(f"{row['state']:>10} {row['intents']}")


def _switch(*, paused: bool, reason: str | None) -> None:
    values = {"paused": paused, "reason": reason}
    with blocking.session(load().database_url, name="keeper-command") as connection:
        blocking.run(connection, blocking.read_sql(SQL, "set_switch"), values)
