"""How large a request's body may be: read here, whole, before any route sees it.

A declared length is refused before a byte is read; a chunked body as soon as it has grown too
large. Bodies are a few hundred bytes by nature, so holding one costs nothing.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem


class BodyLimit:
    """An ASGI app in front of the framework's; `limit` is in bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on a request whose body is within the limit.

        Raises:
            Problem: 413, the body is larger; 400, its declared length is no number.
        """
        if not _has_body(scope):
            await self._app(scope, receive, send)
            return
        self._check(_declared(scope))
        await self._app(scope, replaying(await self._read(receive), receive), send)

    async def _read(self, receive: Receive) -> Message:
        """The whole body as one message."""
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return message
            part = message.get("body", b"")
            size += len(part)
            self._check(size)
            parts.append(part)
            more = message.get("more_body", False)
        return {"type": "http.request", "body": b"".join(parts), "more_body": False}

    def _check(self, size: int) -> None:
        if size > self._limit:
            # The rest of the body is not waited for, so the connection cannot be used again.
            raise Problem(
                413,
                "body-too-large",
                f"A body may have {self._limit} bytes.",
                headers={"Connection": "close"},
            )


def replaying(message: Message, receive: Receive) -> Receive:
    """A body that was read already, to be read again; after it what comes: the client's leaving."""
    waiting = [message]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _has_body(scope: Scope) -> bool:
    """Whether a body follows; as HTTP has it, one of two headers announces it."""
    if scope["type"] != "http":
        return False
    return any(
        name in (b"content-length", b"transfer-encoding") and value != b"0"
        for name, value in scope["headers"]
    )


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            if not value.isdigit():
                raise Problem(400, "bad-request", "Content-Length is no number.")
            return int(value)
    return 0
