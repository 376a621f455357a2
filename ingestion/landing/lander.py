"""One connection that lands batches; it never waits longer than a webhook may."""

import asyncio
from dataclasses import dataclass

import asyncpg

from ingestion.landing.failures import LandingUnavailable, blames_rows
from ingestion.landing.partitions import Partitions
from ingestion.landing.rows import Landable, parameters
from oddsline import postgres

LAND = "select fresh, last_seq from raw.land({})".format(", ".join(f"${n}" for n in range(1, 42)))


@dataclass(frozen=True, slots=True)
class Landed:
    """What one call of raw.land did."""

    fresh: frozenset[tuple[int, str]]  # keys of transactions that were not there before
    last_seq: int | None


class Lander:
    """Owns one connection to PostgreSQL, opens it when needed, drops it on any doubt.

    Args:
        url: the owner's connection string.
        lock_timeout: ms to wait for the landing lock before giving up.
        deadline: seconds for the whole call; what happened after it is unknown, so the connection
            goes and the sender, told nothing was stored, sends again.
    """

    def __init__(self, url: str, *, lock_timeout: int = 400, deadline: float = 0.9) -> None:
        self._url = url
        self._lock_timeout = lock_timeout
        self._deadline = deadline
        self._connection: asyncpg.Connection | None = None
        self._partitions = Partitions()

    async def land(self, items: list[Landable]) -> Landed:
        """Land distinct transactions in one commit.

        Raises:
            LandingUnavailable: the server is away, stuck or full; nothing may be acknowledged.
            asyncpg.PostgresError, ValueError: the rows themselves are at fault (`blames_rows`).
        """
        try:
            async with asyncio.timeout(self._deadline):
                return await self._land(items)
        except Exception as error:
            if blames_rows(error):
                raise
            if not _connection_survives(error):
                self._drop()
            raise LandingUnavailable(f"{type(error).__name__}: {error}") from error

    async def close(self) -> None:
        """Say goodbye to the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close(timeout=2)

    async def _land(self, items: list[Landable]) -> Landed:
        connection = self._connection
        if connection is None or connection.is_closed():
            connection = self._connection = await self._connect()
        await self._partitions.ensure(connection, items)
        row = await connection.fetchrow(LAND, *parameters(items))
        assert row is not None  # a function with out parameters returns one row
        fresh = frozenset(items[n - 1].key for n in row["fresh"] or ())
        return Landed(fresh, row["last_seq"])

    async def _connect(self) -> asyncpg.Connection:
        return await postgres.connect(
            self._url,
            name="landing",
            lock_timeout=f"{self._lock_timeout}ms",
            statement_timeout="5s",
            idle_in_transaction_session_timeout="5s",
            tcp_user_timeout="5s",
        )

    def _drop(self) -> None:
        """Let the connection go without waiting for a server that may never answer."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()


def _connection_survives(error: Exception) -> bool:
    """A refusal by the server (lock timeout, disk full) leaves the connection in order.

    One that can only read does not: another connection may reach the server that took over.
    """
    return isinstance(error, asyncpg.PostgresError) and not isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.ReadOnlySQLTransactionError,
    )
