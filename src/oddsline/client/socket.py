"""Following a market: snapshot, then every message once, over any number of broken connections."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

#: Seconds before the first attempt to come back; doubled up to the second number.
BACKOFF = (0.1, 5.0)
SILENT_S = 30.0


class Gap(Exception):
    """A message is missing: its `prev_seq` is not the last that was applied."""


async def follow(
    url: str, market_id: str, *, key: str | None = None
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield a market's `subscribed` (with `snapshot`) and then its messages, for ever.

    A broken connection, a drain or a gap is resumed after the last message yielded. Where that
    place is no longer told, a `subscribed` with `reset` and a new snapshot is yielded instead.

    Args:
        url: `ws://host:port/ws`.
        market_id: 64 hex digits.
        key: an API key, for higher limits.
    """
    after: dict[str, Any] | None = None
    wait = BACKOFF[0]
    headers = {"X-API-Key": key} if key else {}
    while True:
        try:
            async with connect(url, additional_headers=headers, compression=None) as connection:
                async for message in _messages(connection, market_id, after):
                    after = {"epoch": message["epoch"], "seq": message["seq"]}
                    wait = BACKOFF[0]
                    if message["type"] != "subscribed" or "snapshot" in message:
                        yield message
        except (ConnectionClosed, InvalidStatus, OSError, TimeoutError, Gap):
            await asyncio.sleep(wait)
            wait = min(wait * 2, BACKOFF[1])


async def _messages(
    connection: ClientConnection, market_id: str, after: dict[str, Any] | None
) -> AsyncGenerator[dict[str, Any], None]:
    asked: dict[str, Any] = {"type": "subscribe:market", "market_id": market_id}
    await connection.send(orjson.dumps(asked | ({"after": after} if after else {})).decode())
    last: int | None = None
    while True:
        async with asyncio.timeout(SILENT_S):
            message = orjson.loads(await connection.recv())
        if message["type"] == "error":
            raise ValueError(message["detail"])
        if message.get("market_id") != market_id:
            continue  # welcome, heartbeats
        if message["type"] != "subscribed" and message["prev_seq"] != last:
            raise Gap(f"expected {last}, was told {message['prev_seq']}")
        last = message["seq"]
        yield message
