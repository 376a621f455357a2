"""Several API processes are one stream: whoever a client reaches, it is told the same."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from api.settings import ApiSettings
from oddsline import cache
from tests.integration.api import rows
from tests.integration.api.running import process
from tests.integration.api.sockets import Line, Socket, dialled

MESSAGES = 60


async def _heard(socket: Socket) -> list[dict[str, Any]]:
    """All messages but for the moment at which each process wrote them."""
    return [
        {name: value for name, value in (await socket.hear()).items() if name != "published_at"}
        for _ in range(MESSAGES)
    ]


async def test_two_processes_give_two_clients_the_same_stream(settings: ApiSettings, owner):
    """The same seq, prev_seq chain, positions and bodies; also for who moves to the other one."""
    await rows.market(owner, 1)
    await rows.market(owner, 2)
    redis = cache.commands(settings.redis_url, name="test")
    line = Line(owner, redis)
    async with AsyncExitStack() as stack:
        addresses = await asyncio.gather(
            *(stack.enter_async_context(process(settings)) for _ in range(2))
        )
        clients = [await stack.enter_async_context(dialled(where)) for where in addresses]
        joined = [await client.subscribe(rows.market_id(1)) for client in clients]
        for n in range(MESSAGES):
            await (line.tell(1, "price:update", volume=str(n)) if n % 2 else line.tell(1, slot=n))
            await line.tell(2)
        one, other = await asyncio.gather(*map(_heard, clients))
        after = {"epoch": joined[0]["epoch"], "seq": MESSAGES // 2}
        mover = await stack.enter_async_context(dialled(addresses[1]))
        await mover.subscribe(rows.market_id(1), after=after)
        resumed = [(await mover.hear())["seq"] for _ in range(MESSAGES // 2)]
    await redis.aclose()

    assert [(m["prev_seq"], m["seq"]) for m in one] == [(n, n + 1) for n in range(MESSAGES)]
    told = [m["data"]["volume" if n % 2 else "slot"] for n, m in enumerate(one)]
    assert [int(n) for n in told] == list(range(MESSAGES))
    assert one == other
    assert joined[0] == joined[1]
    assert resumed == [m["seq"] for m in one[MESSAGES // 2 :]]
