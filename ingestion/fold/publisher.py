"""Send the outbox to Redis Streams: in order, once each, whatever died in between.

The streams' own last id says how far they are, so there is nothing else to keep in step: a crash
after the commit, a second publisher, a Redis restarted a second older all go on from there.
"""

import zlib
from pathlib import Path

import asyncpg
import structlog
from redis.asyncio import Redis

from ingestion.fold import metrics
from oddsline import logs

log = structlog.get_logger()

SHARDS = 4
STREAMS = tuple(f"oddsline:stream:{shard}" for shard in range(SHARDS))
TICKS = "oddsline:ticks"
#: Messages in one script call: some hundred kilobytes, some milliseconds of Redis.
BATCH = 1_000

_FOLDER = Path(__file__).parent


def shard_of(market_id: str) -> int:
    """The stream a market's messages go to; all of one market go to one, so order holds."""
    return zlib.crc32(market_id.encode()) % SHARDS


def sql(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (_FOLDER / "sql" / f"{name}.sql").read_text()


class Publisher:
    """Copies live.outbox to the shard streams; `position` is the last one known to be there."""

    def __init__(self, connection: asyncpg.Connection, redis: Redis, *, keep: int) -> None:
        self._connection = connection
        self._keep = keep
        self._script = redis.register_script((_FOLDER / "publish.lua").read_text())
        self.position = 0

    async def start(self) -> None:
        """Find out how far the streams are.

        Raises:
            redis.RedisError: Redis is away.
        """
        await self._append([])
        told = await self._connection.fetchval("select seq from live.cursors where name = 'outbox'")
        if self.position > told:
            log.warning("streams are ahead of the database: new epoch", streams=self.position)
            await self._connection.execute(sql("renew_epoch"), self.position)

    async def publish_all(self) -> int:
        """Send what is left; returns how many messages were sent.

        Raises:
            redis.RedisError: Redis is away; the outbox waits.
        """
        sent = 0
        while rows := await self._connection.fetch(sql("outbox_after"), await self._from(), BATCH):
            added = await self._append(rows)
            sent += added
            if added and logs.follows():
                for row in rows:
                    logs.step("published", logs.trace_of(row["body"]), pos=row["pos"])
            metrics.PUBLISHED.inc(added)
        return sent

    async def _from(self) -> int:
        if self.position:
            return self.position
        return await self._connection.fetchval(sql("outbox_start"), self._keep * SHARDS) or 0

    async def _append(self, rows: list[asyncpg.Record]) -> int:
        """Add rows if the streams are where we believe; learn where they are."""
        arguments: list[str | int] = [self.position, self._keep]
        for row in rows:
            arguments += [row["pos"], shard_of(row["market_id"]), row["market_id"], row["body"]]
        believed = self.position
        self.position, added = map(int, await self._script(keys=list(STREAMS), args=arguments))
        if not added and believed != self.position:
            log.info("streams are elsewhere", believed=believed, found=self.position)
        return added
