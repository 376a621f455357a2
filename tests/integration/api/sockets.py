"""A socket client that knows nothing of ours, for tests of the wire."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api.application import application
from api.at_once import AtOnce
from api.server import DrainingServer, configuration, followed
from api.service import Service
from oddsline.embedded.program import free_port
from tests.integration.api import rows
from tests.support import asyncapi

TIMEOUT = 10.0


@dataclass
class Socket:
    """One connection; `heard` are all messages so far but heartbeats."""

    connection: ClientConnection
    beats: list[dict[str, Any]]

    async def say(self, **message: Any) -> None:
        asyncapi.check(message)
        await self.connection.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        """The next message that is no heartbeat."""
        while (message := await self._next())["type"] == "heartbeat":
            self.beats.append(message)
        return message

    async def beat(self) -> dict[str, Any]:
        """The next heartbeat."""
        while (message := await self._next())["type"] != "heartbeat":
            pass
        return message

    async def _next(self) -> dict[str, Any]:
        """The next message, which is one that the AsyncAPI document describes."""
        message: dict[str, Any] = json.loads(
            await asyncio.wait_for(self.connection.recv(), TIMEOUT)
        )
        asyncapi.check(message)
        return message

    async def subscribe(self, market: str, **more: Any) -> dict[str, Any]:
        await self.say(type="subscribe:market", market_id=market, **more)
        return await self.hear()

    async def closed(self) -> tuple[int | None, str | None]:
        """Code and reason once the server has closed."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.wait_for(self.connection.recv(), TIMEOUT)
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[str]:
    """The API on a port of its own, stream and all; yields host:port."""
    settings = service.settings.model_copy(update={"api_port": free_port()})
    config = configuration(application(service), settings, AtOnce(service))
    server = DrainingServer(config, service)
    server.capture_signals = _no_signals  # type: ignore[method-assign]
    async with followed(service):
        task = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield f"127.0.0.1:{settings.api_port}"
        finally:
            server.should_exit = True
            await asyncio.wait_for(task, TIMEOUT)


def _no_signals() -> Any:
    return contextlib.nullcontext()


@asynccontextmanager
async def dialled(where: str, **headers: str) -> AsyncIterator[Socket]:
    """A connection whose welcome was heard."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with connect(f"ws://{where}/ws", additional_headers=named, compression=None) as opened:
        socket = Socket(opened, [])
        assert (await socket.hear())["type"] == "welcome"
        yield socket


@dataclass
class Line:
    """A fold and its publisher, as far as sockets can tell."""

    owner: Any
    redis: Redis
    pos: int = 0

    def __post_init__(self) -> None:
        self.seqs: dict[int, int] = {}

    async def tell(self, market: int, kind: str = "trade:executed", **data: Any) -> int:
        """Write a message to the outbox and publish it; returns its seq."""
        seq = await self.write(market, kind, **data)
        await self.publish(self.pos)
        return seq

    async def write(self, market: int, kind: str = "trade:executed", **data: Any) -> int:
        """Commit a message to the outbox without publishing it."""
        self.pos += 1
        seq = self.seqs[market] = self.seqs.get(market, 0) + 1
        await rows.outbox(self.owner, self.pos, market, seq, kind, data)
        await self.owner.execute(
            "insert into live.market_seqs values ($1, $2) "
            "on conflict (market_address) do update set seq = $2",
            rows.address(f"market {market}"),
            seq,
        )
        return seq

    async def publish(self, *positions: int) -> None:
        for pos in positions:
            row = await self.owner.fetchrow("select * from live.outbox where pos = $1", pos)
            fields: dict[Any, Any] = {"m": row["market_id"], "b": row["body"]}
            stream = f"oddsline:stream:{int(row['market_id'][:8], 16) % 4}"
            await self.redis.xadd(stream, fields, id=f"{pos}-0")

    async def tick(self, **more: Any) -> None:
        epoch = await self.owner.fetchval("select epoch::text from live.epoch")
        told: dict[Any, Any] = {"pos": self.pos, "seq": 0, "lag_ms": 0, "epoch": epoch}
        told.update(more)
        await self.redis.xadd("oddsline:ticks", told)


__all__ = ["Line", "Socket", "dialled", "serving"]
