"""PostgreSQL for code that blocks: Dagster's steps and sensors, quality checks, commands.

Services use `oddsline.postgres` (asyncpg); what runs in a thread of its own uses this.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2.extras import Json, RealDictCursor

Connection = psycopg2.extensions.connection
Row = dict[str, Any]

__all__ = ["Connection", "Json", "Row", "read_sql", "rows", "run", "session"]


@contextmanager
def session(url: str, *, name: str, statement_timeout: str = "60s") -> Iterator[Connection]:
    """One transaction on a connection of its own: commits at the end, rolls back on an error.

    Args:
        url: connection string.
        name: application_name, seen in pg_stat_activity.
        statement_timeout: the server's limit, as PostgreSQL writes it.

    Raises:
        psycopg2.OperationalError: the server is away.
    """
    options = f"-c statement_timeout={statement_timeout} -c timezone=UTC"
    connection = psycopg2.connect(
        url, application_name=f"oddsline-{name}", options=options, connect_timeout=10
    )
    try:
        with connection:
            yield connection
    finally:
        connection.close()


@cache
def read_sql(folder: Path, name: str) -> str:
    """The statement in ``folder/name.sql``."""
    return (folder / f"{name}.sql").read_text(encoding="utf-8")


def rows(
    connection: Connection, statement: str, values: Mapping[str, Any] | None = None
) -> list[Row]:
    """Run a statement with ``%(name)s`` parameters and return its rows as dictionaries."""
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(statement, values or {})
        return [dict(row) for row in cursor.fetchall()]


def run(connection: Connection, statement: str, values: Mapping[str, Any] | None = None) -> int:
    """Run a statement that returns no rows; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or {})
        return cursor.rowcount
