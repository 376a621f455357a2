"""Compare every stored payload's reading of today with what raw says; write the differences."""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chain.decode import decode
from chain.program.interface import Program
from chain.transactions import Enhanced, ItemRefused, transaction_from_bytes
from ingestion.intake.fees import FeeBook
from ingestion.ledger.ranges import Range
from ingestion.redecoding.rows import event_json
from ingestion.revisions import store
from ingestion.revisions.effective import Change, differences
from oddsline.blocking import read_sql

SQL = Path(__file__).parent / "sql"
PAGE = 500  # transactions in memory at once
REASON = "read again"


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one transaction again came to."""

    slot: int
    signature: str
    changes: list[Change]
    refused: str | None = None  # today's decoder will not read it at all; nothing is changed


async def read_again(
    pool: asyncpg.Pool, program: Program, fees: FeeBook, span: Range
) -> AsyncIterator[Reading]:
    """Yield every standing transaction of a range of slots, a page of payloads in memory."""
    last = (span.low, "")
    while rows := await pool.fetch(read_sql(SQL, "payloads"), *span, *last, PAGE):
        for row in rows:
            yield await _read(pool, program, fees, row)
        last = (rows[-1]["slot"], rows[-1]["signature"])


async def write(pool: asyncpg.Pool, reading: Reading) -> None:
    """Say what differs as revisions of kind `redecode`; the fold takes them from there."""
    await store.write(pool, [store.of_event("redecode", c, REASON) for c in reading.changes])


async def _read(
    pool: asyncpg.Pool, program: Program, fees: FeeBook, row: asyncpg.Record
) -> Reading:
    slot, signature = row["slot"], row["signature"]
    try:
        transaction = transaction_from_bytes(zlib.decompress(row["payload"]))
    except ItemRefused as why:
        return Reading(slot, signature, [], str(why))
    if isinstance(transaction, Enhanced):
        return Reading(slot, signature, [], "carries no logs")
    decoded = decode(transaction, program, fees.at(slot))
    after = [
        event_json(event, tx_index=row["tx_index"], block_time=row["block_time"])
        for event in decoded.events
    ]
    before = await store.events_of(pool, slot, signature)
    return Reading(slot, signature, differences(before, after))
