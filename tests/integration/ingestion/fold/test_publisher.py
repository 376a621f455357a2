"""From the outbox to Redis Streams: in order, once each, whatever dies in between."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import orjson
import pytest

from ingestion.fold.publisher import STREAMS, Publisher, shard_of
from oddsline import cache
from tests.support.events import Chain, Market, P, land
from tests.support.marts import fold


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Any]:
    client = cache.commands(redis_url, name="test")
    yield client
    await client.aclose()


async def told(redis: Any) -> list[int]:
    """Positions in the streams, as their ids say, after checking that ids and bodies agree."""
    positions = []
    for shard, stream in enumerate(STREAMS):
        for entry, fields in await redis.xrange(stream):
            body = orjson.loads(fields[b"b"])
            assert entry == b"%d-0" % body["pos"]
            assert shard_of(fields[b"m"].decode()) == shard
            positions.append(body["pos"])
    return sorted(positions)


async def trade(connection: asyncpg.Connection, markets: int = 8) -> int:
    """One more trade in each market, folded; returns the outbox's last position."""
    chain = Chain(await connection.fetchval("select count(*)::int from raw.events"))
    await land(connection, [Market(chain, n).bought(1, P) for n in range(markets)])
    await fold(connection)
    return await connection.fetchval("select max(pos) from live.outbox")


async def test_every_message_reaches_its_markets_stream(
    connection: asyncpg.Connection, redis: Any
) -> None:
    """All positions are there, each once, in the stream its market hashes to."""
    last = await trade(connection)
    publisher = Publisher(connection, redis, keep=1000)
    await publisher.start()

    assert await publisher.publish_all() == last

    assert await told(redis) == list(range(1, last + 1))
    assert publisher.position == last


async def test_a_second_publisher_adds_nothing(connection: asyncpg.Connection, redis: Any) -> None:
    """Two publishers with the same belief: one sends, the other finds it done and goes on."""
    first, second = (Publisher(connection, redis, keep=1000) for _ in range(2))
    await first.start()
    await second.start()
    await trade(connection)
    await first.publish_all()
    assert await second.publish_all() == 0

    last = await trade(connection)
    assert await second.publish_all() == 16
    assert await first.publish_all() == 0

    assert await told(redis) == list(range(1, last + 1))


async def test_an_emptied_redis_is_filled_again(connection: asyncpg.Connection, redis: Any) -> None:
    """Everything kept is sent again under the same ids."""
    publisher = Publisher(connection, redis, keep=1000)
    await publisher.start()
    await trade(connection)
    await publisher.publish_all()
    await redis.flushdb()
    last = await trade(connection)

    await publisher.publish_all()

    assert await told(redis) == list(range(1, last + 1))


async def test_a_redis_a_second_older_is_brought_up_to_date(
    connection: asyncpg.Connection, redis: Any
) -> None:
    """Streams that lost their newest entries get exactly those."""
    publisher = Publisher(connection, redis, keep=1000)
    await publisher.start()
    await trade(connection)
    await publisher.publish_all()
    for stream in STREAMS:
        # As if never written: an id that was only deleted could not be added again.
        rest = await redis.xrange(stream, max="10")
        await redis.delete(stream)
        for entry, fields in rest:
            await redis.xadd(stream, fields, id=entry)
    last = await trade(connection)

    await publisher.publish_all()

    assert await told(redis) == list(range(1, last + 1))


async def test_a_restored_database_starts_a_new_epoch_above_what_was_told(
    connection: asyncpg.Connection, redis: Any
) -> None:
    """Streams ahead of the outbox: positions go on above theirs, and the epoch changes."""
    await trade(connection)
    epoch = await connection.fetchval("select epoch from live.epoch")
    await redis.xadd(STREAMS[2], {"m": "x", "b": '{"pos": 900}'}, id="900-0")
    publisher = Publisher(connection, redis, keep=1000)

    await publisher.start()
    last = await trade(connection)
    await publisher.publish_all()

    assert await connection.fetchval("select epoch from live.epoch") != epoch
    assert last == 916
    ids = [e for s in STREAMS for e, _ in await redis.xrange(s)]
    assert len(ids) == 1 + 16
