"""The ingestion service against a real database, called as ASGI."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from benchmarks.traffic import PROGRAM
from ingestion.service import build
from ingestion.settings import IngestionSettings
from oddsline import postgres
from oddsline.health import Health

SECRETS = ("the old secret", "the new secret")


def settings(database_url: str, **changes) -> IngestionSettings:
    """Settings of a service on this database, with room for slow machines."""
    values: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": "redis://unused",
        "program_id": PROGRAM,
        "helius_auth": ",".join(SECRETS),
        "ledger": False,
        "land_seconds": 10,
        "lock_timeout_ms": 5000,
    }
    return IngestionSettings(**(values | changes))


@asynccontextmanager
async def running(config: IngestionSettings, health: Health | None = None):
    """A client of a service that runs with these settings."""
    app = build(config, health or Health("ingestion"))
    async with app.lifespan():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://ingestion", headers={"authorization": SECRETS[0]}
        ) as client:
            yield client


@pytest.fixture
async def client(bare_database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a healthy service."""
    async with running(settings(bare_database)) as opened:
        yield opened


@pytest.fixture
async def owner(bare_database):
    """An owner's connection to the service's database."""
    opened = await postgres.connect(bare_database, name="test")
    yield opened
    await opened.close()
