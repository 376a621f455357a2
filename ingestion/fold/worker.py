"""One fold process: leads or stands by, folds on NOTIFY, publishes, ticks, keeps house."""

import asyncio
import itertools
import time
from typing import Any

import asyncpg
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ingestion.fold import metrics
from ingestion.fold.folder import Folder
from ingestion.fold.pace import Pace
from ingestion.fold.publisher import TICKS, Publisher, sql
from ingestion.fold.settings import FoldSettings
from oddsline import cache, postgres

log = structlog.get_logger()

#: pg_advisory_lock key of the one process that folds.
LEADER_LOCK = 7103
#: Seconds between attempts to lead, and after a failure.
RETRY_SECONDS = 1.0
#: Seconds between sums of the leaderboard's windows.
RANK_SECONDS = 5
#: Seconds between deletions from the outbox.
TRIM_SECONDS = 30


class Worker:
    """Runs until `stop` is set; `lag_seconds` and `leading` say how it is doing."""

    def __init__(self, settings: FoldSettings) -> None:
        self._settings = settings
        self._landed = asyncio.Event()
        self._told = asyncio.Event()
        self.leading = False
        self.lag_seconds = 0.0
        self.failure: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Lead, or wait to lead, and start over when a server goes away."""
        while not stop.is_set():
            leading = asyncio.create_task(self._lead())
            stopping = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({leading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                leading.cancel()
                stopping.cancel()
                (error, _) = await asyncio.gather(leading, stopping, return_exceptions=True)
                self._leads(leads=False)
            if isinstance(error, Exception):
                self._failed(_told(error))
                await asyncio.sleep(RETRY_SECONDS)

    def _failed(self, why: str) -> None:
        """Keep and log a failure; as an error, which is reported, only when it is a new one."""
        level = log.warning if why == self.failure else log.error
        self.failure = why
        level("fold interrupted", error=why)

    async def _lead(self) -> None:
        """Hold the lock and work; ends only by an error or by being cancelled."""
        url = self._settings.database_url
        connection = await postgres.connect(url, name="fold")
        outbox = await postgres.connect(url, name="publisher")
        keeper = await postgres.connect(url, name="fold-housekeeping")
        redis = cache.commands(self._settings.redis_url, name="fold")
        try:
            while not await connection.fetchval("select pg_try_advisory_lock($1)", LEADER_LOCK):
                self.failure = None
                await asyncio.sleep(RETRY_SECONDS)
            self._leads(leads=True)
            await self._work(connection, outbox, keeper, redis)
        finally:
            for each in (connection, outbox, keeper):
                each.terminate()
            await redis.aclose()

    async def _work(
        self,
        connection: asyncpg.Connection,
        outbox: asyncpg.Connection,
        keeper: asyncpg.Connection,
        redis: Redis,
    ) -> None:
        publisher = Publisher(outbox, redis, keep=self._settings.stream_length)
        await connection.add_listener("raw_landed", lambda *_: self._landed.set())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._fold(Folder(connection, self._pace())))
            tasks.create_task(self._publish(publisher))
            tasks.create_task(self._keep_house(keeper, redis, publisher))

    def _pace(self) -> Pace:
        largest = self._settings.fold_batch_max
        return Pace(min(1_000, largest), largest, self._settings.fold_batch_seconds)

    async def _fold(self, folder: Folder) -> None:
        self._landed.set()
        while True:
            await _wait(self._landed, self._settings.fold_poll_seconds)
            if await folder.fold_all():
                self._told.set()
            self.failure = None

    async def _publish(self, publisher: Publisher) -> None:
        """Redis may go away for a while: the outbox waits, the fold goes on."""
        started = False
        self._told.set()
        while True:
            await _wait(self._told, RETRY_SECONDS)
            try:
                if not started:
                    await publisher.start()
                started = True
                await publisher.publish_all()
            except RedisError as error:
                started = False
                metrics.FAILURES.labels(type(error).__name__).inc()
                log.warning("not published", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _keep_house(
        self, keeper: asyncpg.Connection, redis: Redis, publisher: Publisher
    ) -> None:
        """Each second: refresh what is sorted, say where we are; now and then trim the outbox."""
        for second in itertools.count():
            heed_cancellation()
            await keeper.execute("select live.refresh_market_rank()")
            if second % RANK_SECONDS == 0:
                await keeper.execute("select live.refresh_wallet_rank()")
            standing = await keeper.fetchrow(sql("lag"))
            self._measure(standing, publisher)
            await _tick(redis, standing, publisher)
            if second % TRIM_SECONDS == 0:
                await keeper.execute(sql("trim_outbox"), self._settings.outbox_seconds)
            await asyncio.sleep(1)

    def _measure(self, standing: asyncpg.Record, publisher: Publisher) -> None:
        self.lag_seconds = standing["lag_s"]
        metrics.LAG.set(standing["lag_s"])
        metrics.BACKLOG.set(standing["backlog"])
        metrics.UNPUBLISHED.set(max(0, standing["pos"] - publisher.position))

    def figures(self) -> dict[str, float] | None:
        """What Dagster is told; None while another process leads."""
        return {"lag_seconds": self.lag_seconds} if self.leading else None

    def _leads(self, *, leads: bool) -> None:
        self.leading = leads
        metrics.LEADING.set(leads)

    async def check(self) -> None:
        """Readiness: working and fresh, or standing by.

        Raises:
            RuntimeError: says what is wrong.
        """
        if self.failure:
            raise RuntimeError(self.failure)
        if self.lag_seconds * 1000 > self._settings.fold_lag_limit_ms:
            raise RuntimeError(f"{self.lag_seconds:.1f} s behind")


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event, which is then cleared, or so long.

    By asyncio.timeout: Python 3.11's wait_for drops a cancellation that comes in the moment the
    event is set (gh-86296), and a task that outlives its group keeps the fold from starting over.
    """
    heed_cancellation()
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    event.clear()


def heed_cancellation() -> None:
    """End the current task if it was cancelled and a library below swallowed that.

    Clients do, now and then, when an answer and the cancellation arrive together; the task's own
    count of cancellations still tells.

    Raises:
        asyncio.CancelledError: the task was cancelled earlier.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _tick(redis: Redis, standing: asyncpg.Record, publisher: Publisher) -> None:
    """Say where we are, also when nothing moves; nobody waits for a tick."""
    tick: dict[Any, Any] = {
        "pos": publisher.position,
        "seq": standing["seq"],
        "lag_ms": round(standing["lag_s"] * 1000),
        "epoch": standing["epoch"],
        "at_ms": time.time_ns() // 1_000_000,
    }
    try:
        await redis.xadd(TICKS, tick, maxlen=600, approximate=True)
    except RedisError as error:
        log.warning("no tick", error=str(error))


def _told(error: Exception) -> str:
    """An error in a few words; of a group, its first."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
