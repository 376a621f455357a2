"""Following a market by the Python client, over the death of the API that tells it."""

import asyncio
import time
from collections.abc import Sequence
from statistics import median
from types import TracebackType
from typing import Any, Self

from rich.console import Console

from chain.local.client import Landed
from chain.local.demo.compare import DifferenceError
from oddsline.client import follow
from oddsline.line import Line

#: Seconds for the last message to arrive, an API's restart included.
PATIENCE_S = 60.0


class Followed:
    """Everything a client was told of a market since it subscribed."""

    def __init__(self, url: str, market_id: str, key: str) -> None:
        """`url` is the API's address; the key lifts its limits."""
        self._stream = follow(url.replace("http", "ws", 1) + "/ws", market_id, key=key)
        self._task: asyncio.Task[None] | None = None
        self.messages: list[dict[str, Any]] = []
        self._heard_at: dict[str, float] = {}
        self._news = asyncio.Event()  # a message came, or the stream ended

    async def __aenter__(self) -> Self:
        """Begin; returns once the market's snapshot is here."""
        self._task = asyncio.create_task(self._listen())
        self._task.add_done_callback(lambda _: self._news.set())
        await self._until(lambda: bool(self.messages), "a snapshot")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def heard(self, landed: Sequence[Landed], last_state: str, console: Console) -> None:
        """Compare what was told with what landed: every trade once, in order, up to the end.

        Raises:
            DifferenceError: a trade was lost, told twice or out of order, or the end is missing.
        """
        await self._until(lambda: last_state in self._states(), last_state)
        trades = [m["data"]["signature"] for m in self._of("trade:executed")]
        if trades != [trade.signature for trade in landed]:
            raise DifferenceError(f"{len(landed)} trades landed, {len(trades)} were told")
        if any(message.get("reset") for message in self.messages):
            raise DifferenceError("the client was sent back to a snapshot")
        console.print(
            f"followed by the client: {len(trades)} trades, each once and in order; "
            f"{len(self.messages)} messages without a gap; confirmation to client: "
            f"p50 {self._median_ms(landed):.0f} ms"
        )

    def _median_ms(self, landed: Sequence[Landed]) -> float:
        """From a trade's confirmation to the client; below nought where the client was first."""
        waits = [self._heard_at[one.signature] - one.confirmed_at for one in landed]
        return median(waits) * 1000

    async def _listen(self) -> None:
        async for message in self._stream:
            self.messages.append(message)
            if message["type"] == "trade:executed":
                self._heard_at[message["data"]["signature"]] = time.monotonic()
            self._news.set()

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    def _states(self) -> set[str]:
        return {message["data"]["to"] for message in self._of("state:change")}

    async def _until(self, true: Any, what: str) -> None:
        assert self._task is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true() and not self._task.done():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            raise DifferenceError(
                f"the client was not told {what} in {PATIENCE_S:.0f} s"
            ) from error
        if self._task.done():
            raise DifferenceError("the client ended by itself") from self._task.exception()


class Outage:
    """The API's death in the middle of the story, on a line that is the story's own."""

    def __init__(self, line: Line, console: Console) -> None:
        """On a line that somebody else runs nothing is killed."""
        self._line, self._console = line, console

    def strike(self) -> None:
        """Kill -9 of the API; the line's supervisor starts it again."""
        if "api" in self._line.processes:
            self._line.kill("api")
            self._console.print("[yellow]the API was killed; the next trade lands meanwhile[/]")
