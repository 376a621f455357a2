"""The ledger's tables: ranges with their standing, and the watermarks over them."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import asyncpg

from chain.rows import LOST, PARTIAL
from ingestion.ledger.comparison import Ours, digest
from ingestion.ledger.ranges import Piece, Range, without
from ingestion.ledger.source import COMMITMENT
from oddsline.blocking import read_sql

SQL = Path(__file__).parent / "sql"

#: Dead letters that say an event is not, or not all, there: open gaps until they are resolved.
LOSSES = (LOST, PARTIAL)


class WrongChain(Exception):
    """The node speaks for another chain than the one this ledger was begun on."""


class Watermarks(NamedTuple):
    """Slots up to which everything from `base` is complete; base - 1 = nothing yet."""

    base: int
    agreed_to: int
    proven_to: int


class Standing(NamedTuple):
    """How far one standing is behind the tip, and what is open."""

    name: str  # agreed, proven
    lag_slots: int
    open_gaps: int
    oldest_gap_s: float | None


class Book:
    """The ledger of one program."""

    def __init__(self, pool: asyncpg.Pool, program_id: str) -> None:
        self._pool = pool
        self._program = program_id

    async def open(self, *, base: int, tip: int, genesis: str) -> Watermarks:
        """Read the watermarks, beginning a ledger at `base` when there is none.

        Raises:
            WrongChain: it was begun on another chain.
        """
        row = await self._pool.fetchrow(self._sql("open_book"), self._program, base, tip, genesis)
        assert row is not None
        if row["genesis_hash"] != genesis:
            raise WrongChain(f"ledger of {row['genesis_hash']}, node of {genesis}")
        return Watermarks(row["base_slot"], row["agreed_to"], row["proven_to"])

    async def checked(self, tip: int | None, error: str | None) -> None:
        """Note that a pass was made; without a tip where the provider told none."""
        await self._pool.execute(self._sql("checked"), self._program, tip, error)

    async def closed(self, above: int) -> list[Range]:
        """Closed ranges that reach above a slot, in order."""
        rows = await self._pool.fetch(self._sql("closed"), self._program, above)
        return [Range(*row) for row in rows]

    async def ours(self, span: Range) -> list[Ours]:
        """Standing transactions of a range."""
        return [Ours(*row) for row in await self._pool.fetch(self._sql("ours"), *span)]

    async def fallen(self, span: Range) -> set[tuple[int, str]]:
        """Keys of transactions that were taken for gone."""
        return {(row[0], row[1]) for row in await self._pool.fetch(self._sql("fallen"), *span)}

    async def unreadable(self, span: Range) -> dict[int, str]:
        """Slots where an event was lost, with the reason."""
        rows = await self._pool.fetch(self._sql("unreadable"), *span, list(LOSSES))
        return {row["slot"]: row["reason"] for row in rows}

    async def anchor(self, slot: int) -> str | None:
        """A signature above a slot from which a list can be walked down."""
        found = await self._pool.fetchval(self._sql("anchor"), self._program, slot)
        return None if found is None else str(found)

    async def standings(self) -> list[Standing]:
        """The ledger in numbers, one row a standing; none before it has begun."""
        rows = await self._pool.fetch(self._sql("standings"), self._program)
        return [Standing(*row) for row in rows]

    async def note(self, gap: Piece, *, source: str) -> None:
        """Record a gap before it is repaired: whoever asks meanwhile is told that it is open."""
        async with self._pool.acquire() as connection, connection.transaction():
            span = Range(gap.low, gap.high)
            if not await connection.fetchval(self._sql("note_gap"), self._program, *span):
                await self._insert(connection, gap, [], source, since=None)

    async def write(self, cut: Sequence[Piece], ours: Sequence[Ours], *, source: str) -> None:
        """Record the verdict on a range, piece by piece.

        An open range keeps its age; one that closes keeps the reason for which it was open.

        Args:
            cut: adjoining pieces.
            ours: the standing transactions of them all.
            source: the list method that was compared.
        """
        span = Range(cut[0].low, cut[-1].high)
        async with self._pool.acquire() as connection, connection.transaction():
            taken = await connection.fetch(self._sql("take_open"), self._program, *span)
            for row in taken:
                for rest in without([Range(row["from_slot"], row["to_slot"])], span):
                    await self._insert(
                        connection,
                        Piece(*rest, row["reason"]),
                        [],
                        row["source"],
                        since=row["created_at"],
                    )
            for piece in cut:
                inside = [o.signature for o in ours if piece.low <= o.slot <= piece.high]
                was = [row for row in taken if _touches(row, piece)]
                await self._record(connection, piece, inside, source, was)

    async def advance(self) -> None:
        """Move the watermarks over what is closed."""
        await self._pool.execute("select raw.advance_ledger($1)", self._program)

    async def _record(
        self,
        connection: asyncpg.Connection,
        piece: Piece,
        signatures: Sequence[str],
        source: str,
        was_open: Sequence[asyncpg.Record],
    ) -> None:
        if piece.reason is None and not signatures and not was_open:
            grown = await connection.fetchval(
                self._sql("grow_empty"), self._program, piece.low, piece.high, source
            )
            if grown is not None:
                return
        oldest = min(was_open, key=itemgetter("created_at"), default=None)
        await self._insert(
            connection,
            piece,
            signatures,
            source,
            since=None if oldest is None else oldest["created_at"],
            was=None if oldest is None else oldest["reason"],
        )

    async def _insert(
        self,
        connection: asyncpg.Connection,
        piece: Piece,
        signatures: Sequence[str],
        source: str,
        *,
        since: datetime | None,
        was: str | None = None,
    ) -> None:
        await connection.execute(
            self._sql("write_range"),
            self._program,
            piece.low,
            piece.high,
            source,
            COMMITMENT,
            len(signatures),
            digest(signatures),
            "agreed" if piece.reason is None else "open",
            was if piece.reason is None else piece.reason,
            since,
        )

    def _sql(self, name: str) -> str:
        return read_sql(SQL, name)


def _touches(row: asyncpg.Record, piece: Piece) -> bool:
    return bool(row["from_slot"] <= piece.high and row["to_slot"] >= piece.low)
