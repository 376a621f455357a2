"""Put an ingestion process together from its settings."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager

import asyncpg

from chain.program.interface import load_program
from ingestion import metrics
from ingestion.app import Application
from ingestion.intake.decoding import decoder
from ingestion.intake.delivery import Held
from ingestion.intake.fees import FeeBook
from ingestion.intake.webhook import Limits, Webhook
from ingestion.landing.collector import Collector
from ingestion.landing.failures import LandingUnavailable
from ingestion.landing.lander import Lander
from ingestion.ledger import worker
from ingestion.ledger.assemble import Landing, ledger_of, second_source, source_of
from ingestion.ledger.worker import Ledger
from ingestion.quarantine import store
from ingestion.settings import IngestionSettings
from oddsline import postgres, reports
from oddsline.background import beside
from oddsline.health import Health

SOURCE = "webhook"
FEES_SECONDS = 5

_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def build(settings: IngestionSettings, health: Health) -> Application:
    """The service, not yet started; PostgreSQL may still be away."""
    landers = [
        Lander(
            settings.database_url,
            lock_timeout=settings.lock_timeout_ms,
            deadline=settings.land_seconds,
        )
        for _ in range(settings.land_connections)
    ]
    collector = Collector(landers, batch=settings.land_batch, pending=settings.land_pending)
    metrics.WAITING.set_function(lambda: collector.waiting)
    pool = _Pool(settings)
    fees = FeeBook()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        await pool.open()
        health.check("postgres", pool.ping)
        collector.start()
        gc.freeze()  # what stays for good: no collection during a delivery walks it again
        async with (
            beside(pool.keep_learning(fees), *_ledgers(settings, pool, collector, fees)),
            reports.reporting(
                reports.INTAKE, settings.dagster_url, lambda: {"waiting": collector.waiting}
            ),
        ):
            yield
        await collector.close()
        await pool.close()

    webhook = Webhook(
        secrets=settings.helius_secrets,
        limits=Limits(settings.body_limit, settings.body_seconds, settings.body_items),
        decode=decoder(
            load_program(settings.program_id), fees, source=SOURCE, commitment="confirmed"
        ),
        collector=collector,
        hold=pool.hold,
    )
    return Application(webhook, health, lifespan, metrics.delivered)


def _ledgers(
    settings: IngestionSettings, pool: "_Pool", collector: Collector, fees: FeeBook
) -> list[Coroutine[None, None, None]]:
    """The completeness ledger, where it is wanted."""
    if not settings.ledger:
        return []

    async def opens() -> Ledger:
        first = source_of(settings, settings.chain_url)
        second = await second_source(settings, first)
        landing = Landing(collector.land, pool.hold, fees)
        return ledger_of(settings, pool.opened, landing, first, second)

    return [worker.run(opens, url=settings.database_url, seconds=settings.ledger_seconds)]


class _Pool:
    """The few connections beside landing: quarantine and readiness."""

    def __init__(self, settings: IngestionSettings) -> None:
        self._settings = settings
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Open lazily: a service that starts before PostgreSQL is unready, not dead."""
        self._pool = await postgres.open_pool(
            self._settings.database_url,
            name="quarantine",
            min_size=0,
            max_size=4,
            command_timeout=max(self._settings.land_seconds, 5),
        )

    @property
    def opened(self) -> asyncpg.Pool:
        """The pool itself."""
        assert self._pool is not None
        return self._pool

    async def hold(self, held: Sequence[Held]) -> None:
        """Keep items that cannot land.

        Raises:
            LandingUnavailable: even that is impossible now.
        """
        try:
            await store.hold(self.opened, held, source=SOURCE)
        except _AWAY as error:
            raise LandingUnavailable(f"{type(error).__name__}: {error}") from error

    async def keep_learning(self, fees: FeeBook) -> None:
        """Look every few seconds for fee configurations that other processes landed."""
        while True:
            with contextlib.suppress(*_AWAY):
                await fees.refresh(self.opened)
            await asyncio.sleep(FEES_SECONDS)

    async def ping(self) -> None:
        """Raise unless PostgreSQL answers."""
        await self.opened.fetchval("select 1")

    async def close(self) -> None:
        """Let the connections go."""
        if self._pool is not None:
            await self._pool.close()
