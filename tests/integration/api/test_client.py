"""The Python client: all pages, and a socket that survives its server."""

import asyncio

from api.service import Service
from api.socket.codes import Close
from oddsline import cache
from oddsline.client import Rest, follow
from tests.integration.api import rows
from tests.integration.api.sockets import Line, serving


async def test_a_follower_gets_each_message_once_over_a_server_that_ends(service: Service, owner):
    """The connection is closed by a drain in the middle; nothing is missed or repeated."""
    await rows.market(owner, 1)
    redis = cache.commands(service.settings.redis_url, name="test")
    line = Line(owner, redis)
    async with serving(service) as where:
        stream = follow(f"ws://{where}/ws", rows.market_id(1))
        first = await asyncio.wait_for(anext(stream), 10)
        await line.tell(1, slot=1)
        told = [await asyncio.wait_for(anext(stream), 10)]
        for member in list(service.hub.members):
            member.end(Close.DRAIN)
        await line.tell(1, slot=2)
        await line.tell(1, slot=3)
        told += [await asyncio.wait_for(anext(stream), 10) for _ in range(2)]
        await stream.aclose()
    await redis.aclose()

    assert first["snapshot"]["market_id"] == rows.market_id(1)
    assert [(m["seq"], m["data"]["slot"]) for m in told] == [(1, 1), (2, 2), (3, 3)]


async def test_pages_are_one_iterator(service: Service, owner):
    """Every market comes once, whatever the page size."""
    for n in range(5):
        await rows.market(owner, n)
    async with serving(service) as where:
        rest = Rest(f"http://{where}")
        listed = await asyncio.to_thread(lambda: list(rest.pages("/markets", limit=2)))
        rest.close()

    assert sorted(m["market_id"] for m in listed) == sorted(rows.market_id(n) for n in range(5))
