"""`oddsline keys …`: who may use the API with a key."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from api.keys import SCOPES, mint, split
from api.queries import FOLDER
from oddsline import blocking, settings

keys = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is; two of one name may be live.")],
    scope: Annotated[
        list[str] | None, typer.Option(help=f"One or more of {', '.join(SCOPES)}.")
    ] = None,
    rate: Annotated[int, typer.Option(min=1, help="Requests a minute.")] = 1000,
    days: Annotated[int | None, typer.Option(min=1, help="Valid for so many days.")] = None,
) -> None:
    """Make a key and print it; it is not stored and cannot be shown again."""
    scopes = scope or ["read"]
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise typer.BadParameter(f"unknown scope: {', '.join(unknown)}", param_hint="--scope")
    new = mint()
    values = {
        "prefix": new.prefix,
        "secret_hash": new.secret_hash,
        "name": name,
        "scopes": scopes,
        "rate": rate,
        "expires_at": datetime.now(UTC) + timedelta(days=days) if days else None,
    }
    with _session() as connection:
        blocking.run(connection, blocking.read_sql(FOLDER, "key_create"), values)
    typer.echo(new.text)


@keys.command("list")
def list_keys() -> None:
    """Show keys by prefix, never their secrets."""
    prefix = Column("prefix", no_wrap=True, min_width=12)
    table = Table(prefix, "name", "scopes", "a minute", "created", "expires", "used", "revoked")
    with _session() as connection:
        for row in blocking.rows(connection, blocking.read_sql(FOLDER, "key_list")):
            table.add_row(*(_cell(value) for value in row.values()))
    Console().print(table)


@keys.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's prefix, or the whole key.")],
) -> None:
    """End a key; every process refuses it within five seconds."""
    parts = split(key)
    prefix = parts[0] if parts else key.removeprefix("ol_")
    with _session() as connection:
        query = blocking.read_sql(FOLDER, "key_revoke")
        revoked = blocking.run(connection, query, {"prefix": prefix})
    if not revoked:
        typer.echo(f"There is no live key with the prefix {prefix}.", err=True)
        raise typer.Exit(1)
    typer.echo(f"revoked {prefix}")


def _session() -> AbstractContextManager[blocking.Connection]:
    return blocking.session(settings.load().database_url, name="keys")


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)
