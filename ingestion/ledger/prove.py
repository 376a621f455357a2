"""A second provider's list turns what is agreed into what is proven."""

from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from ingestion.ledger.book import Book
from ingestion.ledger.comparison import Listed, digest
from ingestion.ledger.pages import Page, walk
from ingestion.ledger.ranges import Range
from ingestion.ledger.source import Source
from ingestion.ledger.walker import anchor_above
from oddsline.blocking import read_sql

log = structlog.get_logger(__name__)

SQL = Path(__file__).parent / "sql"
AT_ONCE = 20  # ranges a pass


@dataclass(frozen=True, slots=True)
class Prover:
    """Compares agreed ranges with another provider of the same chain."""

    pool: asyncpg.Pool
    program_id: str
    second: Source
    book: Book

    async def prove(self, after: int) -> None:
        """Take the oldest agreed ranges after a slot, and either prove or reopen each.

        Raises:
            RpcError: the second provider cannot say; everything stays agreed.
        """
        tip = await self.second.tip()
        rows = await self.pool.fetch(
            read_sql(SQL, "unproven"), self.program_id, after, tip, AT_ONCE
        )
        for row in rows:
            span = Range(row["from_slot"], row["to_slot"])
            lines = await self._lines(span, tip)
            theirs = digest(line.signature for line in lines)
            reason = None
            if theirs != row["signatures_hash"]:
                reason = f"a second provider lists {len(lines)}, we have {row['signatures']}"
                log.error("providers disagree", low=span.low, high=span.high, reason=reason)
            await self.pool.execute(read_sql(SQL, "judged"), row["id"], span.high, reason)

    async def _lines(self, span: Range, tip: int) -> list[Listed]:
        lines: list[Listed] = []
        anchor = await anchor_above(self.book, self.second, span, tip)

        async def turn(cursor: str | None) -> Page:
            return await self.second.page(span, cursor, tip=tip, anchor=anchor)

        async for _, some in walk(turn, span):
            lines += some
        return lines
