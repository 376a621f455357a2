"""A large delivery is landed in parts, while the rest of it is read."""

import asyncio

import orjson
import pytest

from ingestion.intake.refusals import Refusal
from ingestion.intake.webhook import AT_ONCE, Limits, Webhook
from ingestion.landing.collector import Collector
from tests.unit.ingestion.landables import landable
from tests.unit.ingestion.test_collector import FakeLander

SECRET = "a secret of the test's"
HEADERS = ((b"authorization", SECRET.encode()),)
ITEMS = 2 * AT_ONCE + 10


def webhook(lander: FakeLander, read: list[int]) -> tuple[Webhook, Collector]:
    """A handler that notes each item it reads."""

    def decode(item: bytes):
        read.append(orjson.loads(item))
        return landable(read[-1])

    async def hold(_) -> None:
        raise AssertionError("nothing is to be held")

    collector = Collector([lander])
    limits = Limits(body_bytes=1_000_000, body_seconds=5, items=1000)
    return Webhook((SECRET,), limits, decode, collector, hold), collector


async def post(handler: Webhook, items: int) -> dict[str, int]:
    async def receive():
        body = orjson.dumps(list(range(items)))
        return {"type": "http.request", "body": body, "more_body": False}

    return await handler("POST", HEADERS, receive)


async def test_what_was_read_lands_while_the_rest_is_read():
    """The first batch is one part, not the delivery: it left before the others were looked at."""
    read, read_before = list[int](), list[int]()

    class Noting(FakeLander):
        async def land(self, items):
            read_before.append(len(read))
            return await super().land(items)

    lander = Noting()
    handler, collector = webhook(lander, read)
    collector.start()

    answer = await post(handler, ITEMS)

    await collector.close()
    assert (answer["received"], answer["landed"], answer["duplicates"]) == (ITEMS, ITEMS, 0)
    assert read_before[0] == AT_ONCE
    assert sum(lander.batches) == ITEMS


async def test_a_small_delivery_does_not_wait_for_a_large_one_to_be_read():
    """Between two parts others have their turn."""
    read: list[int] = []
    handler, collector = webhook(FakeLander(), read)
    collector.start()

    large = asyncio.create_task(post(handler, 20 * AT_ONCE))
    small = asyncio.create_task(post(handler, 1))
    await small

    assert not large.done()
    await large
    await collector.close()


async def test_when_one_part_cannot_land_nothing_is_acknowledged():
    """The sender sends it all again; what did land is a duplicate then."""
    lander, read = FakeLander(down=True), list[int]()
    handler, collector = webhook(lander, read)
    collector.start()

    with pytest.raises(Refusal) as refused:
        await post(handler, ITEMS)

    await collector.close()
    assert refused.value.status == 503
