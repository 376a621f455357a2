"""An HTTP load generator that is a process of its own: raw HTTP/1.1 over uvloop.

    python -m benchmarks.load.http < spec.json     # prints one JSON object

Two ways to load. *Saturation*: each connection asks again as soon as it is answered. *Rate*:
requests are due at fixed moments, whether or not the server keeps up; one that finds no idle
connection waits its turn, and its time counts from when it was due (no coordinated omission).
"""

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

from benchmarks._harness import percentile

PATIENCE_S = 5.0


@dataclass(frozen=True)
class Spec:
    """What to ask of whom: `requests` are (path, headers) and are asked in turn."""

    port: int
    requests: Sequence[tuple[str, dict[str, str]]]
    connections: int
    seconds: float
    rate: float | None = None  # a second; None = saturation


@dataclass(frozen=True)
class Outcome:
    """What came of it; milliseconds."""

    per_s: float
    errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    bytes_mean: float


def encode(path: str, headers: dict[str, str]) -> bytes:
    """A whole GET."""
    lines = [f"GET {path} HTTP/1.1", "host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def body_size(head: bytes) -> int:
    """The length of the body that follows a response's head.

    Raises:
        ValueError: the response does not say.
    """
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    if at < 0:
        raise ValueError("a response without content-length")
    return int(lower[at + 17 : lower.index(b"\r\n", at + 17)])


class Asker(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._buffer = b""
        self._needed = 0
        self._ok = True
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._load.idle.append(self)

    def ask(self, request: bytes, since: float) -> None:
        """Send; the answer's time counts from `since`."""
        self._since = since
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._needed:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._needed = end + 4 + body_size(self._buffer[: end + 2])
            self._ok = self._buffer[9:12] == b"200"
        if len(self._buffer) >= self._needed:
            size, self._buffer, self._needed = self._needed, b"", 0
            self._load.answered(self, self._since, size, ok=self._ok)

    def connection_lost(self, _: Exception | None) -> None:
        self._load.lost += 1


class Load:
    """All connections of one run."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.idle: deque[Asker] = deque()
        self.lost = 0
        self._requests = [encode(path, headers) for path, headers in spec.requests]
        self._next = 0
        self._due: deque[float] = deque()
        self._took: list[float] = []
        self._errors = self._bytes = 0
        self._open = True

    async def run(self) -> Outcome:
        """Connect, ask, wait for what is on its way, count."""
        loop = asyncio.get_running_loop()
        for _ in range(self.spec.connections):
            await loop.create_connection(lambda: Asker(self), "127.0.0.1", self.spec.port)
        began = time.perf_counter()
        await (self._saturate() if self.spec.rate is None else self._offer(self.spec.rate))
        spent = time.perf_counter() - began
        answers, lost = len(self._took), self.lost
        self._open = False
        await self._settle()
        for asker in self.idle:
            asker.transport.close()
        asked = max(1, answers)
        return Outcome(
            per_s=answers / spent,
            errors=self._errors + lost,
            p50_ms=percentile(self._took, 50) * 1000,
            p95_ms=percentile(self._took, 95) * 1000,
            p99_ms=percentile(self._took, 99) * 1000,
            bytes_mean=self._bytes / asked,
        )

    async def _saturate(self) -> None:
        while self.idle:
            self._ask(self.idle.popleft(), time.perf_counter())
        await asyncio.sleep(self.spec.seconds)

    async def _offer(self, rate: float) -> None:
        started = time.perf_counter()
        for n in range(int(rate * self.spec.seconds)):
            due = started + n / rate
            delay = due - time.perf_counter()
            if delay > 0:
                await asyncio.sleep(delay)
            if self.idle:
                self._ask(self.idle.popleft(), due)
            else:
                self._due.append(due)

    async def _settle(self) -> None:
        ends_at = time.perf_counter() + PATIENCE_S
        while self._busy and time.perf_counter() < ends_at:  # noqa: ASYNC110 a few times at the end
            await asyncio.sleep(0.01)
        # What is still not answered is an error, not something to leave out.
        self._errors += self._busy + len(self._due)

    @property
    def _busy(self) -> int:
        return self.spec.connections - self.lost - len(self.idle)

    def answered(self, asker: Asker, since: float, size: int, *, ok: bool) -> None:
        """Note an answer, and ask on."""
        now = time.perf_counter()
        self._took.append(now - since)
        self._bytes += size
        self._errors += not ok
        if self._due:
            self._ask(asker, self._due.popleft())
        elif self.spec.rate is None and self._open:
            self._ask(asker, now)
        else:
            self.idle.append(asker)

    def _ask(self, asker: Asker, since: float) -> None:
        asker.ask(self._requests[self._next], since)
        self._next = (self._next + 1) % len(self._requests)


def main() -> None:
    """Read a spec from stdin, load, print the outcome."""
    spec = Spec(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(asdict(runner.run(Load(spec).run()))))


if __name__ == "__main__":
    main()
