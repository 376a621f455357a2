"""Compare every stored payload's reading of today with what raw says; write the differences."""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import asyncpg

from chain.decode import decode
from chain.program.interface import Program
from chain.transactions import Enhanced, ItemRefused, Transaction, transaction_from_bytes
from ingestion.intake.fees import FeeBook
from ingestion.landing.convert import letter_key
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
    """What reading one transaction again came to; `letters` are the keys of what it cannot read."""

    slot: int
    signature: str
    tx_index: int | None
    block_time: datetime | None
    changes: list[Change] = field(default_factory=list)
    refused: str | None = None  # today's decoder will not read it at all; nothing is changed
    letters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads stored transactions as today's decoder does."""

    pool: asyncpg.Pool
    program: Program
    fees: FeeBook

    async def of_signature(self, signature: str) -> list[Reading]:
        """Readings of one transaction, in whatever slots it stands."""
        rows = await self.pool.fetch(read_sql(SQL, "payloads_of"), signature)
        return [await self.read(row) for row in rows]

    async def read(self, row: asyncpg.Record) -> Reading:
        """The reading of a stored payload."""
        known = Reading(row["slot"], row["signature"], row["tx_index"], row["block_time"])
        try:
            transaction = transaction_from_bytes(zlib.decompress(row["payload"]))
        except ItemRefused as why:
            return replace(known, refused=str(why))
        if isinstance(transaction, Enhanced):
            return replace(known, refused="carries no logs")
        return await self.compare(transaction, known)

    async def compare(self, transaction: Transaction, known: Reading) -> Reading:
        """What a transaction says otherwise than what holds, wherever it was read."""
        decoded = decode(transaction, self.program, self.fees.at(known.slot))
        after = [
            event_json(event, tx_index=known.tx_index, block_time=known.block_time)
            for event in decoded.events
        ]
        before = await store.events_of(self.pool, known.slot, known.signature)
        letters = frozenset(letter_key(anomaly) for anomaly in decoded.anomalies)
        changes = differences(before, after)
        return replace(known, changes=changes, refused=None, letters=letters)


async def read_again(
    pool: asyncpg.Pool, program: Program, fees: FeeBook, span: Range
) -> AsyncIterator[Reading]:
    """Yield every standing transaction of a range of slots, a page of payloads in memory."""
    reader, last = Reader(pool, program, fees), (span.low, "")
    while rows := await pool.fetch(read_sql(SQL, "payloads"), *span, *last, PAGE):
        for row in rows:
            yield await reader.read(row)
        last = (rows[-1]["slot"], rows[-1]["signature"])


async def write(pool: asyncpg.Pool, reading: Reading) -> None:
    """Say what differs as revisions of kind `redecode`; the fold takes them from there."""
    await store.write(pool, [store.of_event("redecode", c, REASON) for c in reading.changes])
