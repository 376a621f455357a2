"""Put an ingestion process together from its settings."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
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
from ingestion.quarantine import store
from ingestion.settings import IngestionSettings
from oddsline import postgres
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
        learning = asyncio.create_task(pool.keep_learning(fees))
        try:
            yield
        finally:
            learning.cancel()
            await collector.close()
            await pool.close()

    webhook = Webhook(
        secrets=settings.helius_secrets,
        limits=Limits(settings.body_limit, settings.body_seconds),
        decode=decoder(
            load_program(settings.program_id), fees, source=SOURCE, commitment="confirmed"
        ),
        collector=collector,
        hold=pool.hold,
    )
    return Application(webhook, health, lifespan, metrics.delivered)


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
            max_size=2,
            command_timeout=self._settings.land_seconds,
        )

    async def hold(self, held: Sequence[Held]) -> None:
        """Keep items that cannot land.

        Raises:
            LandingUnavailable: even that is impossible now.
        """
        assert self._pool is not None
        try:
            await store.hold(self._pool, held, source=SOURCE)
        except _AWAY as error:
            raise LandingUnavailable(f"{type(error).__name__}: {error}") from error

    async def keep_learning(self, fees: FeeBook) -> None:
        """Look every few seconds for fee configurations that other processes landed."""
        assert self._pool is not None
        while True:
            with contextlib.suppress(*_AWAY):
                await fees.refresh(self._pool)
            await asyncio.sleep(FEES_SECONDS)

    async def ping(self) -> None:
        """Raise unless PostgreSQL answers."""
        assert self._pool is not None
        await self._pool.fetchval("select 1")

    async def close(self) -> None:
        """Let the connections go."""
        if self._pool is not None:
            await self._pool.close()
