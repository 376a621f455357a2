"""The API over a real Postgres and Redis, with a few markets to read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from api.application import application, parts
from api.service import Service
from api.settings import ApiSettings
from oddsline import postgres
from oddsline.embedded.postgres import OWNER
from oddsline.migrate import LOGIN_ROLES
from tests.conftest import Servers
from tests.integration.api import rows

MARTS = (Path(__file__).parent / "marts.sql").read_text()


@pytest.fixture
def api_database(bare_database: str) -> str:
    return bare_database


@pytest.fixture
async def owner(api_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection to the API's database, marts made."""
    connection = await postgres.connect(api_database, name="test")
    await connection.execute(MARTS)
    yield connection
    await connection.close()


@pytest.fixture
def settings(
    servers: Servers, owner: asyncpg.Connection, api_database: str, redis_url: str, tmp_path: Path
) -> ApiSettings:
    name = api_database.rpartition("/")[2]
    logins = {role: servers.postgres_url(name, role) for role in (OWNER, *LOGIN_ROLES)}
    return ApiSettings(
        home=tmp_path,
        database_url=api_database,
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
    """The API and who calls it."""

    client: httpx.AsyncClient
    service: Service
    owner: asyncpg.Connection

    async def get(self, path: str, **options) -> httpx.Response:
        return await self.client.get(path, **options)

    async def key(self, *scopes: str, rate: int = 100_000) -> dict[str, str]:
        """Headers with a new key."""
        return {"X-API-Key": await rows.key(self.owner, *scopes, rate=rate)}

    def token(self, wallet: str) -> dict[str, str]:
        """Headers with a wallet's token."""
        return {"Authorization": f"Bearer {self.service.tokens.mint(wallet)}"}


@pytest.fixture
async def api(service: Service, owner: asyncpg.Connection) -> AsyncIterator[Api]:
    transport = httpx.ASGITransport(application(service), client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        yield Api(client, service, owner)
