"""The chain over HTTP: one raw ASGI application, for the hot path is a busy one.

A write is answered after its journal batch is on disk, a read at once.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson
from prometheus_client import Gauge

from chain.local.chain import Chain
from chain.local.control import Control
from chain.local.faults import Faults, TimedOut
from chain.local.rpc.dispatch import WRITES, call, parse
from chain.local.rpc.errors import RpcError
from oddsline.health import Answer, Health

Json = Any
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SLOT = Gauge("oddsline_chain_slot", "The slot that is open now")
#: Solana's own limit on a request's body.
MAX_BODY = 50 * 1024
NOT_FOUND = Answer(404, b'{"title":"Not Found"}')
TOO_MANY = Answer(429, b'{"jsonrpc":"2.0","error":{"code":429,"message":"Too many requests"}}')
TIMED_OUT = Answer(504, b"upstream request timeout", "text/plain")


class App:
    """Routes: `/` JSON-RPC; /livez, /readyz, /metrics; and `/_local/…` on a private chain."""

    def __init__(self, chain: Chain, faults: Faults, control: Control | None) -> None:
        """`control` is None where the chain is not private."""
        self._chain = chain
        self._faults = faults
        self._control = control
        self.health = Health("chain")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        if scope["type"] == "http":
            answer = await self._answer(scope["method"], scope["path"], receive)
            await _send(send, answer)

    async def _answer(self, method: str, path: str, receive: Receive) -> Answer:
        if method == "POST" and path in ("/", ""):
            return await self._rpc(await _body(receive))
        if path.startswith("/_local/") and self._control is not None:
            return (
                await self._control.answer(method, path, await _body(receive) or b"") or NOT_FOUND
            )
        if method != "GET":
            return NOT_FOUND
        SLOT.set(self._chain.blocks.open.slot)
        return await self.health.answer(path) or NOT_FOUND

    async def _rpc(self, body: bytes | None) -> Answer:
        if self._faults.storming:
            return TOO_MANY
        try:
            calls = parse(body)
        except RpcError as error:
            return Answer(200, orjson.dumps({"jsonrpc": "2.0", "error": error.body(), "id": None}))
        answers: list[Json] = []
        timed_out = False
        for one in calls:
            try:
                answers.append(call(self._chain, self._faults, one))
            except TimedOut:
                timed_out = True
        if any(isinstance(one, dict) and one.get("method") in WRITES for one in calls):
            await self._chain.journal.flush()
        if timed_out:
            return TIMED_OUT
        batch = (body or b"").lstrip()[:1] == b"["
        return Answer(200, orjson.dumps(answers if batch else answers[0]))


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


async def _send(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    if answer.status == TOO_MANY.status:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
