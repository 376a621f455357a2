"""Fold until nothing is left; a row that cannot be folded is parked and stops nobody."""

import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from ingestion.fold import metrics
from ingestion.fold.pace import Pace
from oddsline import logs
from oddsline.blocking import read_sql

log = structlog.get_logger()

SQL = Path(__file__).parent / "sql"

#: SQLSTATE classes that speak of the data: 22 data exception, 23 integrity constraint.
_DATA = ("22", "23")


@dataclass(frozen=True)
class Batch:
    """What one transaction folded: sequence numbers (lo, hi]."""

    moved: bool
    lo: int
    hi: int
    parked: int
    messages: int


class Folder:
    """Folds over one connection; the cursor's row keeps a second folder from doing it twice."""

    def __init__(self, connection: asyncpg.Connection, pace: Pace) -> None:
        self._connection = connection
        self._pace = pace

    async def fold_all(self) -> int:
        """Fold batch after batch until none is left; returns the messages written.

        Raises:
            asyncpg.PostgresError: something other than the data is wrong.
        """
        messages = 0
        while (batch := await self.fold_once()).moved:
            messages += batch.messages
        return messages

    async def fold_once(self) -> Batch:
        """Fold one batch; on bad data smaller and smaller ones, until the row is found."""
        while True:
            started = time.perf_counter()
            try:
                batch = Batch(**await self._call())
            except asyncpg.PostgresError as error:
                await self._give_way(error)
                continue
            self._record(batch, time.perf_counter() - started)
            if batch.moved and logs.follows():
                await self._tell(batch)
            return batch

    async def _call(self) -> asyncpg.Record:
        return await self._connection.fetchrow("select * from live.fold($1)", self._pace.size)

    async def _give_way(self, error: asyncpg.PostgresError) -> None:
        metrics.FAILURES.labels(type(error).__name__).inc()
        if str(error.sqlstate or "")[:2] not in _DATA:
            raise error
        if self._pace.size > 1:
            self._pace = self._pace.after_failure()
            return
        row = await self._connection.fetchrow(read_sql(SQL, "next_row"))
        with logs.trace(row["signature"]):
            log.error("row parked", seq=row["seq"], reason=str(error))
        await self._connection.execute("select live.park($1, $2)", row["seq"], str(error))
        metrics.PARKED.inc()

    async def _tell(self, batch: Batch) -> None:
        """Log each transaction of a batch."""
        for row in await self._connection.fetch(read_sql(SQL, "folded"), batch.lo, batch.hi):
            logs.step(
                "folded", row["signature"], slot=row["slot"], seq=row["seq"], events=row["events"]
            )

    def _record(self, batch: Batch, took: float) -> None:
        self._pace = self._pace.after(batch.hi - batch.lo, took)
        if not batch.moved:
            return
        metrics.ROWS.inc(batch.hi - batch.lo)
        metrics.PARKED.inc(batch.parked)
        metrics.MESSAGES.inc(batch.messages)
        metrics.BATCH_ROWS.observe(batch.hi - batch.lo)
        metrics.BATCH_SECONDS.observe(took)
