"""Write revisions: each transaction's in one statement, under the landing lock for its length."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson

from ingestion.revisions.effective import Change, EventJson, Key, Word, effective, key_json
from oddsline.blocking import read_sql

SQL = Path(__file__).parent / "sql"


class Revision(NamedTuple):
    """A row of raw.revisions to be."""

    kind: str
    slot: int
    signature: str
    event_key: EventJson | None
    row_after: EventJson | None
    market_address: str | None
    wallet: str | None
    reason: str


def of_transaction(kind: str, slot: int, signature: str, reason: str) -> Revision:
    """A word on a transaction as a whole: `retract`, `replace` or `restore`."""
    return Revision(kind, slot, signature, None, None, None, None, reason)


def of_event(kind: str, change: Change, reason: str) -> Revision:
    """A word on one event."""
    event = change.event
    return Revision(
        kind,
        event["slot"],
        event["signature"],
        key_json(event),
        change.after,
        event["market_address"],
        event["wallet"],
        reason,
    )


async def events_of(connection: asyncpg.Pool, slot: int, signature: str) -> dict[Key, EventJson]:
    """The events of a transaction that hold, by place; see `effective`."""
    landed = await connection.fetch(read_sql(SQL, "landed"), slot, signature)
    said = await connection.fetch(read_sql(SQL, "words"), slot, signature)
    words = [Word(row["kind"], row["event_key"], row["row_after"]) for row in said]
    return effective((row["event"] for row in landed), words)


async def write(connection: asyncpg.Pool, revisions: Sequence[Revision]) -> None:
    """Say it; returns when it is committed and the fold has been told."""
    if not revisions:
        return
    columns: list[list[Any]] = [list(column) for column in zip(*revisions, strict=True)]
    columns[3] = [_json(value) for value in columns[3]]
    columns[4] = [_json(value) for value in columns[4]]
    await connection.execute(read_sql(SQL, "revise"), *columns)


async def place(pool: asyncpg.Pool, slot: int, signature: str, tx_index: int) -> None:
    """Name a transaction's place in its block, for itself and for each of its events."""
    events = await events_of(pool, slot, signature)
    reason = f"its place in the block is {tx_index}"
    await write(
        pool,
        [
            of_event("position", Change(event, {**event, "tx_index": tx_index}), reason)
            for event in events.values()
            if event["tx_index"] != tx_index
        ],
    )
    # Last: until the transaction has its place, this is done again.
    await pool.execute(read_sql(SQL, "place"), slot, signature, tx_index)


async def retract(pool: asyncpg.Pool, slot: int, signature: str, *, kind: str, reason: str) -> None:
    """Say that a transaction is not in this slot (`retract`), or is in another (`replace`)."""
    await write(pool, [of_transaction(kind, slot, signature, reason)])


async def restore(pool: asyncpg.Pool, slot: int, signature: str, *, reason: str) -> None:
    """Say that a transaction taken for gone stands; its events follow as they were."""
    events = await events_of(pool, slot, signature)
    words = [of_event("restore", Change(None, event), reason) for event in events.values()]
    await write(pool, [of_transaction("restore", slot, signature, reason), *words])


def _json(value: EventJson | None) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
