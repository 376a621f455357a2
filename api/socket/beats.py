"""Heartbeats: proof to every client that silence is silence."""

import asyncio

from api.socket.hub import Hub

#: Connections served before the loop may turn to something else.
ROUND = 200


async def beat(hub: Hub, every_ms: int) -> None:
    """Send each connection its heartbeat every `every_ms`; runs for ever."""
    while True:
        await asyncio.sleep(every_ms / 1000)
        now = hub.clock()
        for n, member in enumerate(list(hub.members)):
            member.beat(now)
            if n % ROUND == ROUND - 1:
                await asyncio.sleep(0)
