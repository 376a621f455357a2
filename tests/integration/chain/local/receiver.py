"""An endpoint that takes webhooks and answers what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

#: Takes how many deliveries came before; answers a status, or seconds to keep silent.
Verdict = Callable[[int], int | float]


@dataclass
class Receiver:
    """What arrived: authorization and items of each POST."""

    url: str = ""
    secrets: list[str] = field(default_factory=list)
    bodies: list[list[dict[str, Any]]] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def signatures(self) -> list[str]:
        """Every delivered transaction, in order of arrival, repeats included."""
        return [item["transaction"]["signatures"][0] for body in self.bodies for item in body]

    async def until(self, done: Callable[["Receiver"], bool]) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(20), self.came:
            await self.came.wait_for(lambda: done(self))


@asynccontextmanager
async def receiving(verdict: Verdict = lambda _: 200) -> AsyncIterator[Receiver]:
    """A receiver on a free port while the block runs."""
    receiver = Receiver()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:-2])
                body = await reader.readexactly(int(fields["content-length"]))
                answer = verdict(len(receiver.bodies))
                receiver.secrets.append(fields.get("authorization", ""))
                receiver.bodies.append(orjson.loads(body))
                async with receiver.came:
                    receiver.came.notify_all()
                if isinstance(answer, float):
                    await asyncio.sleep(answer)
                    answer = 200
                writer.write(f"HTTP/1.1 {answer} X\r\ncontent-length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhooks/helius"
    try:
        yield receiver
    finally:
        server.close()
