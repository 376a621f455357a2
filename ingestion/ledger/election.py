"""One ledger at work at a time: whoever holds the lock; the others wait for it to fall free."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from oddsline import postgres

LOCK = 7105


@asynccontextmanager
async def elected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Wait until this process is the one; yields the connection whose life is the mandate.

    Raises:
        OSError, asyncpg.PostgresError: PostgreSQL is away.
    """
    connection = await postgres.connect(url, name="ledger-lock")
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK, timeout=float("inf"))
        yield connection
    finally:
        connection.terminate()
