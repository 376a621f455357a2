"""The API over a real Postgres and Redis, with a few markets to read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import pytest
from starlette.types import ASGIApp

from api.application import application, parts
from api.service import Service
from api.settings import ApiSettings
from oddsline import cache, postgres
from tests.integration.api import rows
from tests.integration.api.sockets import Line, serving


@pytest.fixture
async def owner(database: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection to the API's database, whose marts dbt has made."""
    connection = await postgres.connect(database, name="test")
    yield connection
    await connection.close()


@pytest.fixture
def settings(
    owner: asyncpg.Connection,  # closed after the API's own connections
    database: str,
    logins: dict[str, str],
    redis_url: str,
    tmp_path: Path,
) -> ApiSettings:
    return ApiSettings(
        home=tmp_path,
        database_url=database,
        authenticator_url=logins["authenticator"],
        service_url=logins["service"],
        redis_url=redis_url,
        jwt_key="a secret that only this test knows and keeps",
        domain="oddsline.test",
        drain_s=0,
    )


@pytest.fixture
async def service(settings: ApiSettings) -> AsyncIterator[Service]:
    async with parts(settings) as opened:
        yield opened


@dataclass
class Api:
    """The API and who calls it; `headers` are what a test's callers send, if it says so."""

    client: httpx.AsyncClient
    service: Service
    owner: asyncpg.Connection
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **options) -> httpx.Response:
        return await self.client.get(path, **options)

    async def key(self, *scopes: str, rate: int = 100_000) -> dict[str, str]:
        """Headers with a new key."""
        return {"X-API-Key": await rows.key(self.owner, *scopes, rate=rate)}

    def token(self, wallet: str) -> dict[str, str]:
        """Headers with a wallet's token."""
        return {"Authorization": f"Bearer {self.service.tokens.mint(wallet)}"}


def caller(app: ASGIApp) -> httpx.AsyncClient:
    """A client with an address of its own, without a network in between."""
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://api.test")


@pytest.fixture
async def api(service: Service, owner: asyncpg.Connection) -> AsyncIterator[Api]:
    async with caller(application(service)) as client:
        yield Api(client, service, owner)


@pytest.fixture
async def line(service: Service, owner) -> AsyncIterator[Line]:
    """A fold and its publisher, with two markets."""
    redis = cache.commands(service.settings.redis_url, name="test")
    for n in (1, 2):
        await rows.market(owner, n)
    yield Line(owner, redis)
    await redis.aclose()


@pytest.fixture
async def where(service: Service, line: Line) -> AsyncIterator[str]:
    """Where the API serves the line."""
    async with serving(service) as address:
        yield address
