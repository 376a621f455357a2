"""A ledger over providers made by hand, with the intake beside it."""

import asyncpg
import orjson
import pytest

from benchmarks.traffic import PROGRAM
from ingestion.intake.fees import FeeBook
from ingestion.landing.collector import Collector
from ingestion.landing.lander import Lander
from ingestion.ledger.assemble import Landing, ledger_of
from ingestion.quarantine import store as quarantine
from ingestion.settings import LedgerSettings
from oddsline import postgres
from tests.integration.ingestion.conftest import running, settings
from tests.integration.ingestion.provider import Provider


class Line:
    """A ledger over a provider, with the intake beside it."""

    def __init__(self, pool: asyncpg.Pool, url: str, first: Provider, second: Provider | None):
        self.pool = pool
        self.url = url
        self.collector = Collector([Lander(url, lock_timeout=5000, deadline=20)])

        async def hold(held):
            await quarantine.hold(pool, held, source="backfill")

        landing = Landing(self.collector.land, hold, FeeBook())
        config = LedgerSettings(database_url=url, program_id=PROGRAM)
        self.ledger = ledger_of(config, pool, landing, first, second)  # type: ignore[arg-type]

    async def push(self, items) -> None:
        async with running(settings(self.url)) as client:
            answer = await client.post("/webhooks/helius", content=orjson.dumps(items))
            assert answer.status_code == 200

    async def pass_(self):
        """One pass, gaps tried again at once."""
        self.ledger._tried.clear()
        return await self.ledger.one_pass()

    async def gaps(self) -> list[tuple[int, int, str]]:
        rows = await self.pool.fetch(
            "select from_slot, to_slot, reason from ops.open_gaps order by from_slot"
        )
        return [tuple(row) for row in rows]

    async def landed(self) -> int:
        return await self.pool.fetchval("select count(*) from raw.standing_transactions")


@pytest.fixture
async def line_of(bare_database):
    """Makes lines over one database."""
    pool = await postgres.open_pool(bare_database, name="test", max_size=4)
    lines = []

    def make(first: Provider, second: Provider | None = None) -> Line:
        line = Line(pool, bare_database, first, second)
        line.collector.start()
        lines.append(line)
        return line

    yield make
    for line in lines:
        await line.collector.close()
    await pool.close()
