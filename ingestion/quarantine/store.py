"""raw.deliveries: hold an item, list what is held, settle it."""

import hashlib
import zlib
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from ingestion.intake.delivery import Held
from oddsline.blocking import read_sql

SQL = Path(__file__).parent / "sql"


async def hold(pool: asyncpg.Pool, held: Sequence[Held], *, source: str) -> None:
    """Keep items; returns when they are committed. Holding one twice changes nothing."""
    await pool.execute(
        read_sql(SQL, "hold"),
        source,
        [zlib.compress(h.item, 6) for h in held],
        [hashlib.sha256(h.item).digest() for h in held],
        [h.signature for h in held],
        [h.reason for h in held],
        [h.status for h in held],
    )
