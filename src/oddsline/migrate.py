"""Bring a database's schema up to date with Alembic, which runs plain .sql files."""

from collections.abc import Mapping
from pathlib import Path

import psycopg2
from alembic import command
from alembic.config import Config
from psycopg2 import sql

MIGRATIONS = Path(__file__).parent / "migrations"

#: Roles that log in; migration 0001 makes them, an embedded line sets their passwords.
LOGIN_ROLES = ("authenticator", "service", "analyst")


def migrate(database_url: str, *, passwords: Mapping[str, str] | None = None) -> None:
    """Apply what is missing; doing it twice, or from two machines at once, changes nothing.

    Args:
        database_url: the owner's connection string.
        passwords: role -> password, for the roles of `LOGIN_ROLES` that shall log in with one.

    Raises:
        psycopg2.OperationalError: the server cannot be reached.
    """
    command.upgrade(_config(database_url), "head")
    set_passwords(database_url, passwords or {})


def set_passwords(database_url: str, passwords: Mapping[str, str]) -> None:
    """Give login roles their passwords, as an owner who may."""
    with psycopg2.connect(database_url) as connection, connection.cursor() as cursor:
        for role, password in passwords.items():
            statement = sql.SQL("alter role {} password {}")
            cursor.execute(statement.format(sql.Identifier(role), sql.Literal(password)))
    connection.close()


def _config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    return config


def main() -> None:
    """`oddsline migrate`: apply migrations to ODDSLINE_DATABASE_URL."""
    from oddsline import settings

    migrate(settings.load().database_url)
