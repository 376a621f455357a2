"""/ws: who may connect, and the life of a connection."""

from collections import Counter

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from api import problems
from api.caller import Caller
from api.front import FrontDoor, header
from api.problems import Problem
from api.service import Service
from api.socket.codes import Close
from api.socket.connection import Connection
from api.socket.identity import Identity
from api.socket.wire import EXTENSION, Wire

PATH = "/ws"
log = structlog.get_logger(__name__)


class Endpoint:
    """The ASGI app of /ws."""

    def __init__(self, service: Service, front: FrontDoor) -> None:
        self._service = service
        self._front = front
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit or refuse one client, then serve it until it is gone."""
        await receive()  # websocket.connect
        try:
            identity = await self._admit(scope)
        except Problem as problem:
            log.info("socket", status=problem.status, address=self._front.address(scope))
            await _refuse(send, scope["path"], problem)
            scope["extensions"][EXTENSION].refused()
            return
        key = identity.key.prefix if identity.key else None
        log.info("socket", status=101, key=key, address=identity.caller.address)
        self._open[identity.counted_as] += 1
        counted_as = identity.counted_as
        try:
            await self._serve(identity, scope["extensions"][EXTENSION], receive, send)
        finally:
            self._open[counted_as] -= 1
            if not self._open[counted_as]:
                del self._open[counted_as]

    async def _admit(self, scope: Scope) -> Identity:
        """Who it is.

        Raises:
            Problem: it may not connect; sent as the answer to the upgrade.
        """
        if scope["path"] != PATH:
            raise problems.not_found(f"socket at {scope['path']}")
        if self._service.health.draining:
            raise problems.unavailable("This process is about to end.")
        self._check_origin(scope)
        key, wrong = await self._front.key_of(scope)
        identity = Identity(Caller(self._front.address(scope), key, ""), key)
        await self._check_limits(identity)
        if wrong:
            raise problems.unauthorized("The API key is not valid.")
        shown = header(scope, b"authorization")
        if shown is not None:
            scheme, _, token = shown.decode("latin-1").partition(" ")
            if scheme.lower() != "bearer":
                raise problems.unauthorized("Authorization must be `Bearer <token>`.")
            identity.token = self._service.tokens.verify(token.strip())
        return identity

    def _check_origin(self, scope: Scope) -> None:
        """A browser's page of another origin may not open sockets here unless it is listed."""
        origin = header(scope, b"origin")
        if origin is None:
            return  # no browser
        host = (header(scope, b"host") or b"").decode("latin-1")
        told = origin.decode("latin-1")
        own = told.partition("://")[2] == host
        allowed = self._service.settings.allowed_origins
        if not (own or told in allowed or "*" in allowed):
            raise problems.forbidden("This origin may not connect.")

    async def _check_limits(self, identity: Identity) -> None:
        settings = self._service.settings
        if identity.key is None:
            limit, most = settings.limit_connects_per_ip, settings.socket_connections_per_ip
        else:
            limit = identity.key.rate_per_minute
            most = settings.socket_connections_per_key
        verdict = await self._service.limiter.ask(f"connect:{identity.counted_as}", limit)
        if not verdict.allowed or self._open[identity.counted_as] >= most:
            headers = {"Retry-After": str(verdict.reset_s)}
            raise Problem(429, "rate-limited", "Too many connections.", headers=headers)

    async def _serve(self, identity: Identity, wire: Wire, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        connection = Connection(self._service, wire, identity)
        try:
            connection.welcome()
            while (message := await receive())["type"] == "websocket.receive":
                await connection.hear(message.get("text"))
        except Exception:
            log.exception("a socket's reader stumbled")
            connection.end(Close.INTERNAL, "an error of ours")
        finally:
            connection.on_gone()


async def _refuse(send: Send, path: str, problem: Problem) -> None:
    body = problems.encode(problem, path)
    headers = [(b"content-type", problems.MEDIA_TYPE.encode())]
    headers += [(k.lower().encode(), v.encode()) for k, v in problem.headers.items()]
    start = {"type": "websocket.http.response.start", "status": problem.status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": body})


def retry_reason(retry_after_ms: int) -> str:
    """The reason of a drain's close frame."""
    return orjson.dumps({"retry_after_ms": retry_after_ms}).decode()
