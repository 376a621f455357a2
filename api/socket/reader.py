"""The one reader of the stream in a process: Redis Streams, and the outbox whenever in doubt.

Positions have no gaps, so the reader knows by itself when something is missing: it then reads the
outbox, which is what the streams were filled from. So Redis may be emptied, restarted a second
older or be away; nothing is lost and nothing is told twice.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.database import Database
from api.socket.hub import Hub
from api.socket.told import parse_all

log = structlog.get_logger(__name__)

STREAMS = tuple(f"oddsline:stream:{shard}" for shard in range(4))
TICKS = "oddsline:ticks"
#: Entries of one stream in one read.
COUNT = 500
BLOCK_MS = 1000
RETRY_S = 0.5
#: How often, in seconds, Postgres is asked for the epoch even though all seems well.
DOUBT_S = 5.0
OUTBOX_PAGE = 1000
#: Rest twice as long as the round before took, but round and rest not longer than a client would
#: notice: where a round alone takes that long, as it does over thousands of sockets, no rest.
REST = 2.0
MAX_CYCLE_S = 0.045

Entry = tuple[bytes, dict[bytes, bytes]]


class Reader:
    """Moves the hub along; `run` never ends by itself."""

    def __init__(self, hub: Hub, database: Database, redis: Redis) -> None:
        self._hub = hub
        self._database = database
        self._redis = redis
        self._tick_id = "$"
        self._asked_at = 0.0

    async def start(self) -> None:
        """Begin where the outbox is now; what came before is in the marts."""
        row = await self._database.service_row("freshness")
        assert row is not None  # one epoch, one cursor
        self._hub.restart(row["epoch"], row["pos"])
        self._hub.freshness.tick(slot=row["slot"], lag_ms=row["lag_ms"])
        self._asked_at = time.monotonic()

    async def run(self) -> None:
        """Read on, whatever goes away in between."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("the stream is away; reading the outbox", error=type(error).__name__)
                await self._from_outbox()
                await asyncio.sleep(RETRY_S)
            except Exception:
                log.exception("the reader stumbled")
                await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        while True:
            after = f"{self._hub.freshness.pos}-0"
            streams = await self._read({**dict.fromkeys(STREAMS, after), TICKS: self._tick_id})
            await self._take_ticks(streams.pop(TICKS, ()))
            if streams:
                began = time.monotonic()
                await self._take(whole(streams))
                await asyncio.sleep(rest_s(time.monotonic() - began))
            if time.monotonic() - self._asked_at > DOUBT_S:
                await self._ask_epoch()

    async def _read(self, after: dict[Any, Any]) -> dict[str, list[Entry]]:
        answer: Any = await self._redis.xread(after, count=COUNT, block=BLOCK_MS)
        return {name.decode(): entries for name, entries in answer}

    async def _take(self, bodies: Sequence[bytes]) -> None:
        heard = sorted(parse_all(bodies), key=lambda told: told.pos)
        if heard and heard[-1].epoch != self._hub.freshness.epoch:
            await self._ask_epoch()
        news = [told for told in heard if told.pos > self._hub.freshness.pos]
        if news and news[0].pos > self._hub.freshness.pos + 1:
            await self._from_outbox()
            news = [told for told in news if told.pos > self._hub.freshness.pos]
        self._hub.publish(news)

    async def _from_outbox(self) -> None:
        """Tell what the outbox has beyond us; a Postgres that is away leaves us where we are."""
        try:
            while True:
                rows = await self._database.service_rows(
                    "changes", self._hub.freshness.pos, OUTBOX_PAGE
                )
                self._hub.publish(parse_all(row["body"].encode() for row in rows))
                if len(rows) < OUTBOX_PAGE:
                    return
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            log.warning("the outbox is away", error=type(error).__name__)

    async def _take_ticks(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        self._tick_id = entries[-1][0].decode()
        tick = entries[-1][1]
        epoch = tick[b"epoch"].decode()
        if epoch != self._hub.freshness.epoch:
            await self._ask_epoch()
        self._hub.freshness.tick(slot=int(tick.get(b"slot", 0)), lag_ms=int(tick[b"lag_ms"]))
        self._hub.forget()

    async def _ask_epoch(self) -> None:
        """Ask Postgres, which alone knows; a new epoch restarts everything here."""
        self._asked_at = time.monotonic()
        row = await self._database.service_row("freshness")
        assert row is not None  # one epoch, one cursor
        if row["epoch"] != self._hub.freshness.epoch:
            log.warning("a new epoch began", epoch=row["epoch"], pos=row["pos"])
            self._hub.restart(row["epoch"], row["pos"])


def rest_s(round_s: float) -> float:
    """How long to rest after a round that took so long, in seconds.

    A short round is followed by the next one almost at once. Under load the rest lets messages
    gather, so that each client gets several by one system call instead of one by each: that is
    what the machines at both ends spend their time on (docs/adr/0006).
    """
    return max(0.0, min(round_s * REST, MAX_CYCLE_S - round_s))


def whole(streams: Mapping[str, Sequence[Entry]], count: int = COUNT) -> list[bytes]:
    """The bodies of one read, without those that stand behind something not read yet.

    A stream that gave `count` entries may have more, with positions below what the other streams
    gave: nothing beyond its last entry is taken this time.
    """
    ends = [_pos(entries[-1]) for entries in streams.values() if len(entries) >= count]
    horizon = min(ends, default=None)
    return [
        entry[1][b"b"]
        for entries in streams.values()
        for entry in entries
        if horizon is None or _pos(entry) <= horizon
    ]


def _pos(entry: Entry) -> int:
    return int(entry[0].partition(b"-")[0])
