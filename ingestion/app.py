"""The ingestion service as a plain ASGI application: one route matters, so no framework."""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import structlog

from ingestion.intake.body import Receive, SenderGone
from ingestion.intake.refusals import Refusal
from ingestion.intake.webhook import Webhook

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = "/webhooks/helius"


class Observe(Protocol):
    """See `ingestion.metrics.delivered`."""

    def __call__(
        self, status: int, counts: Mapping[str, int] | None, *, seconds: float, now: float
    ) -> None: ...


log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Application:
    """Answers the webhook itself and hands everything else (health, metrics) on.

    Attributes:
        webhook: the handler.
        rest: health endpoints, and 404 for what nobody knows.
        lifespan: what runs while the service does.
        observe: told of each answer: status, counts of the delivery or None, seconds, Unix time.
    """

    webhook: Webhook
    rest: Asgi
    lifespan: Callable[[], AbstractAsyncContextManager[None]]
    observe: Observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"] == PATH:
            await self._take(scope, receive, send)
        else:
            await self.rest(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        counts: dict[str, int] | None = None
        try:
            counts = await self.webhook(scope["method"], scope["headers"], receive)
            status, body, retry_after = 200, orjson.dumps(counts), None
        except SenderGone:
            return
        except Refusal as why:
            status, body, retry_after = why.status, problem(why), why.retry_after
            log.warning("delivery refused", status=why.status, detail=why.detail)
        await _answer(send, status, body, retry_after)
        self.observe(status, counts, seconds=time.perf_counter() - began, now=time.time())

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        try:
            async with self.lifespan():
                await send({"type": "lifespan.startup.complete"})
                await receive()  # lifespan.shutdown
        except Exception as error:
            log.exception("start failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})


def problem(why: Refusal) -> bytes:
    """The refusal as application/problem+json (RFC 9457)."""
    return orjson.dumps(
        {"type": "about:blank", "title": why.detail, "status": why.status, "instance": PATH}
    )


async def _answer(send: Send, status: int, body: bytes, retry_after: int | None) -> None:
    kind = b"application/json" if status == 200 else b"application/problem+json"
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if retry_after is not None:
        headers.append((b"retry-after", b"%d" % retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
