"""Following all markets at once: for keys that may, by position instead of by market."""

import asyncio
import time
from typing import TYPE_CHECKING

from api.socket.asked import EVERY_MARKET, After, Subscribe
from api.socket.codes import Refused

if TYPE_CHECKING:
    from api.socket.connection import Connection

#: How long a process may need to hear what another one has already told the client.
CATCH_UP_S = 2.0


async def join_everything(connection: "Connection", asked: Subscribe) -> None:
    """Follow everything, from `after.pos` on where it is given and still told."""
    if not connection.identity.may_follow_everything:
        connection.refuse(Refused.KEY_REQUIRED, "A key with `stream:all` is needed.", asked.id)
        return
    for channel in list(connection.channels.values()):
        channel.leave(connection)  # one message is never sent twice on one connection
    connection.channels.clear()
    hub = connection.hub
    start = await _start(connection, asked.after)
    head = {"type": "subscribed", "market_id": EVERY_MARKET, "epoch": hub.freshness.epoch}
    if start is None:
        connection.say(head | {"pos": hub.freshness.pos, "reset": True}, asked.id)
    else:
        connection.say(head | {"pos": start}, asked.id)
        if not await _send_missed(connection, start):
            connection.say(head | {"pos": hub.freshness.pos, "reset": True}, asked.id)
    if connection.wire.is_open:
        hub.everything[connection] = connection.write


async def _start(connection: "Connection", after: After | None) -> int | None:
    """From where to tell; None when the client's place is not known here."""
    freshness = connection.hub.freshness
    if after is None:
        return freshness.pos
    if after.epoch != freshness.epoch or after.pos is None:
        return None
    await _until(connection, after.pos)
    return after.pos if freshness.pos >= after.pos else None


async def _send_missed(connection: "Connection", pos: int) -> bool:
    """Send everything after `pos`: page by page from the outbox until memory goes on."""
    hub = connection.hub
    while not hub.remembers(pos):
        missed = await connection.replay.missed_by_all(pos)
        if not missed:
            return False
        connection.write(b"".join(told.frame(told.seq - 1) for told in missed))
        pos = missed[-1].pos
        await _until(connection, pos)
    connection.write(b"".join(told.frame(told.seq - 1) for told in hub.since(pos)))
    return True


async def _until(connection: "Connection", pos: int) -> None:
    """Give this process time to hear what another one, or the outbox, has already told."""
    ends_at = time.monotonic() + CATCH_UP_S
    behind = connection.hub.freshness
    while behind.pos < pos and time.monotonic() < ends_at:  # noqa: ASYNC110 rare, and bounded
        await asyncio.sleep(0.02)
