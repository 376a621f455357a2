"""An endpoint that takes webhooks and answers what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.support.http import Request, serving

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

    async def answer(request: Request) -> tuple[int, bytes]:
        verdict_now = verdict(len(receiver.bodies))
        receiver.secrets.append(request.headers.get("authorization", ""))
        receiver.bodies.append(orjson.loads(request.body))
        async with receiver.came:
            receiver.came.notify_all()
        if isinstance(verdict_now, int):
            return verdict_now, b""
        await asyncio.sleep(verdict_now)
        return 200, b""

    async with serving(answer) as url:
        receiver.url = f"{url}/webhooks/helius"
        yield receiver
