"""/livez, /readyz, /metrics: the same for web services and for plain workers.

/livez says that the event loop turns; /readyz that the process is fit for work now: its servers
answer, its data is fresh, it is not draining. A web app mounts `Health` (it is an ASGI app, and
`answer` serves other frameworks); a worker runs `serve(health, host, port)` beside its work.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from prometheus_client import REGISTRY, CollectorRegistry

from oddsline import metrics

PATHS = ("/livez", "/readyz", "/metrics")
#: A check that takes longer has failed, in seconds.
CHECK_TIMEOUT = 0.5

Check = Callable[[], Awaitable[None]]
Scope = MutableMapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a health route says."""

    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass
class Health:
    """The health of one process; `checks` are run for /readyz and raise what is wrong."""

    service: str
    checks: dict[str, Check] = field(default_factory=dict)
    draining: bool = False
    registry: CollectorRegistry = REGISTRY
    _started: float = field(default_factory=time.monotonic)

    def check(self, name: str, check: Check) -> None:
        """Make readiness depend on one more thing."""
        self.checks[name] = check

    async def answer(self, path: str) -> Answer | None:
        """The answer for one of `PATHS`, or None for any other path."""
        if path == "/livez":
            uptime = round(time.monotonic() - self._started, 1)
            return _json(200, {"status": "alive", "service": self.service, "uptime_s": uptime})
        if path == "/readyz":
            return await self._ready()
        if path == "/metrics":
            return Answer(200, *metrics.render(self.registry))
        return None

    async def _ready(self) -> Answer:
        found = await asyncio.gather(*(_run(check) for check in self.checks.values()))
        results = dict(zip(self.checks, found, strict=True))
        ready = not self.draining and all(wrong is None for wrong in found)
        metrics.READY.set(ready)
        status = "draining" if self.draining else "ready" if ready else "unready"
        body = {"status": status, "service": self.service, "checks": _told(results)}
        return _json(200 if ready else 503, body)

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Scope]],  # noqa: ARG002 ASGI's shape
        send: Callable[[Scope], Awaitable[None]],
    ) -> None:
        """Answer as an ASGI app; a path that is not ours gets 404."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        answer = await self.answer(path) or _json(404, {"status": "not found"})
        headers = [(b"content-type", answer.content_type.encode())]
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})


@asynccontextmanager
async def serve(health: Health, host: str, port: int) -> AsyncIterator[int]:
    """Serve a worker's health on a port of its own while the block runs; yields the port.

    Raises:
        OSError: the port is taken.
    """

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            writer.write(await _http(health, head))
            await asyncio.wait_for(writer.drain(), 5)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a probe that went away
        finally:
            writer.close()

    server = await asyncio.start_server(client, host, port, limit=8192)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _http(health: Health, head: bytes) -> bytes:
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0].decode("latin-1")
    if method not in (b"GET", b"HEAD"):
        answer = _json(405, {"status": "method not allowed"})
    else:
        answer = await health.answer(path) or _json(404, {"status": "not found"})
    lines = (
        f"HTTP/1.1 {answer.status} {'OK' if answer.status == 200 else 'No'}\r\n"
        f"content-type: {answer.content_type}\r\ncontent-length: {len(answer.body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return lines.encode() + (b"" if method == b"HEAD" else answer.body)


async def _run(check: Check) -> str | None:
    """What is wrong, or None."""
    try:
        await asyncio.wait_for(check(), CHECK_TIMEOUT)
    except TimeoutError:
        return f"no answer in {CHECK_TIMEOUT} s"
    except Exception as error:  # noqa: BLE001 whatever it is, we are not ready
        return f"{type(error).__name__}: {error}"
    return None


def _told(results: dict[str, str | None]) -> dict[str, dict[str, Any]]:
    from oddsline.scrub import scrub_text

    return {
        name: {"ok": wrong is None} | ({"error": scrub_text(wrong)} if wrong else {})
        for name, wrong in results.items()
    }


def _json(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, orjson.dumps(body))
