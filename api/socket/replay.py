"""What a client that comes back has missed: from memory, then from the outbox, else a snapshot."""

from dataclasses import dataclass

from api.database import Database
from api.markets import MarketRef
from api.socket.channel import Channel
from api.socket.told import Told, parse_all

#: A client that missed more is better served by a snapshot.
MAX_MISSED = 5000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A market's document and the seq of the last message it contains."""

    seq: int
    body: bytes


class Replay:
    """Reads snapshots and missed messages."""

    def __init__(self, database: Database, window_s: int) -> None:
        self._database = database
        self._window_s = window_s

    async def snapshot(self, channel: Channel, market: MarketRef) -> Snapshot:
        """The market now; many who join at once share one read while nothing new is told."""
        if channel.snapshot is not None:
            return Snapshot(*channel.snapshot)
        tail = channel.tail
        row = await self._database.service_row("snapshot", market.market_address)
        assert row is not None  # the market was found, and markets are never deleted
        found = Snapshot(row["seq"], row["body"].encode())
        if channel.tail == tail:
            channel.snapshot = (found.seq, found.body)
        return found

    async def missed(self, channel: Channel, market: MarketRef, last: int) -> list[Told] | None:
        """Messages after `last` that memory does not have; None when a snapshot is needed."""
        if channel.remembers(last):
            return []
        rows = await self._database.service_rows(
            "replay_market", market.market_address, last, float(self._window_s), MAX_MISSED
        )
        if not rows or last > rows[0]["last_seq"]:
            return None  # never told, or told less than the client claims to know
        found = [row for row in rows if row["seq"] is not None]
        seqs = [row["seq"] for row in found]
        if seqs != list(range(last + 1, rows[0]["last_seq"] + 1)):
            return None
        return parse_all(row["body"].encode() for row in found)

    async def missed_by_all(self, pos: int) -> list[Told] | None:
        """The outbox after `pos`, a page; None when its beginning is out of the window."""
        rows = await self._database.service_rows(
            "replay_all", pos, float(self._window_s), MAX_MISSED
        )
        if rows and rows[0]["pos"] != pos + 1:
            return None
        return parse_all(row["body"].encode() for row in rows)
