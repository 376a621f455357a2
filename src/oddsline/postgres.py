"""PostgreSQL by asyncpg: one way to open a pool, with limits that free what a dead client holds."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import orjson

#: jsonb's binary form is one version byte before the text.
_JSONB_VERSION = b"\x01"

Connection = asyncpg.Connection
Pool = asyncpg.Pool


async def prepare(connection: asyncpg.Connection) -> None:
    """Let a connection speak jsonb as Python values (integers exact up to u64)."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: _JSONB_VERSION + orjson.dumps(value),
        decoder=lambda data: orjson.loads(bytes(data[1:])),
    )


async def connect(url: str, *, name: str, **options: Any) -> asyncpg.Connection:
    """Open one connection, say for LISTEN or an advisory lock that must outlive transactions."""
    connection = await asyncpg.connect(
        url, server_settings=_session(name, **options), timeout=10, command_timeout=60
    )
    await prepare(connection)
    return connection


async def open_pool(
    url: str,
    *,
    name: str,
    min_size: int = 1,
    max_size: int = 10,
    command_timeout: float = 30,
    statement_timeout: str = "30s",
    setup: Callable[[asyncpg.Connection], Awaitable[None]] | None = None,
    **options: Any,
) -> asyncpg.Pool:
    """Open a pool whose sessions carry `name` and cannot hang for ever.

    Args:
        url: connection string.
        name: application_name, seen in pg_stat_activity.
        command_timeout: seconds the client waits for one answer.
        statement_timeout: the server's own limit, as PostgreSQL writes it.
        setup: run at every acquire.

    Raises:
        OSError, asyncpg.PostgresError: the server is away or refuses.
    """
    return await asyncpg.create_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        timeout=10,
        command_timeout=command_timeout,
        server_settings=_session(name, statement_timeout=statement_timeout),
        init=prepare,
        setup=setup,
        **options,
    )


def _session(name: str, *, statement_timeout: str = "0", **more: str) -> dict[str, str]:
    """Session settings: a client that dies in a transaction must not hold the landing lock."""
    return {
        "application_name": f"oddsline-{name}",
        "statement_timeout": statement_timeout,
        "idle_in_transaction_session_timeout": "15s",
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "20s",
        "jit": "off",
        "timezone": "UTC",
        **more,
    }
