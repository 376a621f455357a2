"""Heartbeats: proof to every client that silence is silence."""

import asyncio

from api.socket.hub import Hub

#: Clients take turns, so that thousands of heartbeats are no wall that messages wait behind. A prime,
#: because members are told apart by their addresses in memory.
TURNS = 47


async def beat(hub: Hub, every_ms: int) -> None:
    """Send each connection a heartbeat every `every_ms`; runs for ever."""
    while True:
        for turn in range(TURNS):
            await asyncio.sleep(every_ms / 1000 / TURNS)
            now = hub.clock()
            for member in [m for m in hub.members if hash(m) % TURNS == turn]:
                member.beat(now)
