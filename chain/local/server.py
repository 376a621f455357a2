"""The chain over HTTP: one raw ASGI application, for the hot path is a busy one.

A write is answered after its journal batch is on disk, a read at once.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import orjson
from prometheus_client import Gauge

from chain.local.chain import Chain
from chain.local.rpc.dispatch import WRITES, call, parse
from chain.local.rpc.errors import RpcError
from oddsline.health import Health

Json = Any
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Warp(Protocol):
    """Closes the open slot with the clock set forward."""

    async def __call__(self, *, seconds: float, slots: int) -> None: ...


SLOT = Gauge("oddsline_chain_slot", "The slot that is open now")
#: Solana's own limit on a request's body.
MAX_BODY = 50 * 1024
JSON = b"application/json"


class App:
    """Routes: `/` JSON-RPC, `/livez`, `/readyz`, `/metrics`, and `/_local/…` when private."""

    def __init__(self, chain: Chain, *, warp: Warp | None) -> None:
        """`warp` is None where the chain is not private."""
        self._chain = chain
        self._warp = warp
        self.health = Health("chain")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        if scope["type"] != "http":
            return
        route = (scope["method"], scope["path"])
        if route in (("POST", "/"), ("POST", "")):
            await _answer(send, 200, await self._rpc(await _body(receive)))
        elif scope["path"].startswith("/_local/"):
            await self._local(route, receive, send)
        elif route[0] == "GET":
            await self._operate(scope["path"], send)
        else:
            await _answer(send, 405, b'{"title":"Method Not Allowed"}')

    async def _rpc(self, body: bytes | None) -> bytes:
        try:
            calls = parse(body)
        except RpcError as error:
            return orjson.dumps({"jsonrpc": "2.0", "error": error.body(), "id": None})
        answers = [call(self._chain, one, _honest) for one in calls]
        if any(isinstance(one, dict) and one.get("method") in WRITES for one in calls):
            await self._chain.journal.flush()
        return orjson.dumps(answers if (body or b"").lstrip()[:1] == b"[" else answers[0])

    async def _operate(self, path: str, send: Send) -> None:
        SLOT.set(self._chain.blocks.open.slot)
        answer = await self.health.answer(path)
        if answer is None:
            await _answer(send, 404, b'{"title":"Not Found"}')
        else:
            await _answer(send, answer.status, answer.body, answer.content_type.encode())

    async def _local(self, route: tuple[str, str], receive: Receive, send: Send) -> None:
        if self._warp is None or route != ("POST", "/_local/warp"):
            await _answer(send, 404, b'{"title":"Not Found"}')
            return
        wanted = orjson.loads(await _body(receive) or b"{}")
        seconds, slots = wanted.get("seconds", 0), wanted.get("slots", 1)
        if not isinstance(seconds, int | float) or not isinstance(slots, int) or slots < 1:
            await _answer(send, 422, b'{"title":"seconds: number, slots: integer >= 1"}')
            return
        await self._warp(seconds=seconds, slots=slots)
        opened = self._chain.blocks.open
        await _answer(send, 200, orjson.dumps({"slot": opened.slot, "time": opened.time}))


def _honest(_: str, result: Json) -> Json:
    return result


async def _body(receive: Receive) -> bytes | None:
    """The request's body; None when it is larger than Solana takes."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body"):
            return b"".join(parts) if size <= MAX_BODY else None


async def _answer(send: Send, status: int, body: bytes, kind: bytes = JSON) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
