"""How the API reads: the role decides what a statement may see, the login only what it may become.

Every statement is its own transaction, so nothing of a request can outlive it on a pooled
connection. Public reads run on sessions that are `anon` from their first byte. A wallet's reads
run on sessions that are `authenticated` from theirs, to whom row-level security shows nothing
until a statement brings claims, which end with it: one round trip, a plan that is kept, and no
window in which the connection belongs to somebody.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import orjson

from api import queries
from oddsline import postgres


@dataclass(frozen=True)
class Claims:
    """Who asks, as row-level security sees it."""

    sub: str
    wallet: str

    def encode(self) -> str:
        told = {"sub": self.sub, "wallet": self.wallet, "role": "authenticated"}
        return orjson.dumps(told).decode()


@dataclass(frozen=True)
class Database:
    """The two logins' pools; one login has two roles."""

    public: asyncpg.Pool
    wallets: asyncpg.Pool
    service: asyncpg.Pool

    async def rows(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Rows of sql/<query>.sql as anybody may see them."""
        found: list[asyncpg.Record] = await self.public.fetch(queries.load(query), *args)
        return found

    async def row(self, query: str, *args: Any) -> asyncpg.Record | None:
        return await self.public.fetchrow(queries.load(query), *args)

    async def rows_as(self, claims: Claims, query: str, *args: str | None) -> list[asyncpg.Record]:
        """`body` of each row of sql/<query>.sql as the wallet in `claims` may see it."""
        asked = queries.load(
            "as_wallet", query=queries.load(query), claims=f"${len(args) + 1}::text"
        )
        found: list[asyncpg.Record] = await self.wallets.fetch(asked, *args, claims.encode())
        return found

    async def service_rows(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Rows of sql/<query>.sql for a service key, or for the API's own needs."""
        found: list[asyncpg.Record] = await self.service.fetch(queries.load(query), *args)
        return found

    async def service_row(self, query: str, *args: Any) -> asyncpg.Record | None:
        return await self.service.fetchrow(queries.load(query), *args)


def in_role(url: str, role: str) -> str:
    """The connection string whose sessions start as `role`."""
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query), ("role", role)])
    return urlunsplit(parts._replace(query=query))


@asynccontextmanager
async def opened(
    authenticator_url: str, service_url: str, size: int = 8
) -> AsyncIterator[Database]:
    """The pools, closed at the end; connections need no reset since no statement leaves state."""
    wanted = (
        (in_role(authenticator_url, "anon"), "api"),
        (in_role(authenticator_url, "authenticated"), "api-wallets"),
        (in_role(service_url, "service_role"), "api-service"),
    )
    async with AsyncExitStack() as stack:
        pools = []
        for url, name in wanted:
            pools.append(await _pool(url, name, size))
            stack.callback(_close, pools[-1])
        yield Database(*pools)


async def _pool(url: str, name: str, size: int) -> asyncpg.Pool:
    return await postgres.open_pool(
        url, name=name, max_size=size, statement_timeout="5s", command_timeout=8, reset=_keep
    )


async def _keep(_: asyncpg.Connection) -> None:
    """Reset nothing: implicit transactions leave nothing, and the round trip is saved."""


def _close(pool: asyncpg.Pool) -> None:
    # A query that hangs must not hold the process; its server side ends by timeout.
    pool.terminate()
