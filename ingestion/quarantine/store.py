"""raw.deliveries: hold an item, list what is held, settle it."""

import hashlib
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg

from ingestion.intake.delivery import Held
from oddsline.blocking import read_sql

SQL = Path(__file__).parent / "sql"


class HeldRow(NamedTuple):
    """An item that could not land."""

    id: int
    received_at: datetime
    source: str
    item: bytes  # JSON as received
    signature: str | None
    reason: str
    status: str  # quarantined, queued, replayed, discarded
    attempts: int


async def hold(pool: asyncpg.Pool, held: Sequence[Held], *, source: str) -> None:
    """Keep items; returns when they are committed. Holding one twice changes nothing."""
    await pool.execute(
        read_sql(SQL, "hold"),
        source,
        [zlib.compress(h.item, 6) for h in held],
        [hashlib.sha256(h.item).digest() for h in held],
        [h.signature for h in held],
        [h.reason.replace("\x00", "") for h in held],  # which no text column can hold
        [h.status for h in held],
    )


async def listed(
    pool: asyncpg.Pool, *, status: str | None, ids: Sequence[int] | None = None, most: int = 100
) -> list[HeldRow]:
    """Held items of one status (None = any), or those with these ids."""
    return _rows(await pool.fetch(read_sql(SQL, "held"), status, ids, most))


async def due(pool: asyncpg.Pool, most: int) -> list[HeldRow]:
    """Queued items whose next try is due."""
    return _rows(await pool.fetch(read_sql(SQL, "due"), most))


async def settle(pool: asyncpg.Pool, row_id: int, failure: str | None) -> None:
    """Note what a try came to; None = it landed."""
    await pool.execute(read_sql(SQL, "settle"), row_id, failure)


async def discard(pool: asyncpg.Pool, ids: Sequence[int]) -> list[int]:
    """Give items up; those that were still held."""
    return [row["id"] for row in await pool.fetch(read_sql(SQL, "discard"), list(ids))]


def _rows(records: Sequence[asyncpg.Record]) -> list[HeldRow]:
    return [HeldRow(**{**dict(r), "item": zlib.decompress(r["item"])}) for r in records]
