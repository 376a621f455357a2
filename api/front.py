"""The front door: who asks, may they, and is the answer at hand? Only then the framework.

Everything that concerns every request is here, once: request id, caller, limit, kept answers,
headers, log line, metrics. A kept answer leaves without a round trip to anybody.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from typing import cast

import structlog
from starlette.types import ASGIApp as App
from starlette.types import Message, Receive, Scope, Send

from api import problems, reading
from api.addresses import Addresses
from api.answers import Answer
from api.caller import SCOPE_KEY, Caller
from api.keys import Key
from api.limits import Verdict
from api.observed import Observer
from api.problems import Problem
from api.service import Service

Headers = list[tuple[bytes, bytes]]

#: Paths that machines of ours and browsers fetch without being counted, and what begins them.
UNCOUNTED = frozenset(("/", "/docs", "/ops", "/livez", "/readyz", "/metrics"))
UNCOUNTED_BELOW = "/assets/"

#: Paths whose answers are the same for everybody: made once, however many ask for one at a time.
SHARED = ("/markets", "/trades/", "/leaderboard")

SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
JSON_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


log = structlog.get_logger(__name__)


class FrontDoor:
    """An ASGI app in front of the framework's."""

    def __init__(self, app: App, service: Service) -> None:
        self._app = app
        self._service = service
        self._addresses = Addresses(service.settings.trusted_networks)
        self._observer = Observer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        seen = Seen(scope, send, self._observer)
        try:
            await self._admit(seen, receive)
        except Problem as problem:
            await seen.refuse(problem)
        except Exception:
            # The framework has answered 500 and raises anyway; the log has it all.
            log.exception("request crashed", path=scope["path"], request_id=seen.request_id)
            if not seen.started:
                await seen.refuse(problems.internal())
        finally:
            seen.done()

    async def _admit(self, seen: "Seen", receive: Receive) -> None:
        scope = seen.scope
        address = self.address(scope)
        if scope["path"] in UNCOUNTED or scope["path"].startswith(UNCOUNTED_BELOW):
            scope[SCOPE_KEY] = Caller(address, None, seen.request_id)
            await self._app(scope, receive, seen.send)
            return
        key, wrong = await self.key_of(scope)
        caller = Caller(address, key, seen.request_id)
        scope[SCOPE_KEY] = seen.caller = caller
        limit = key.rate_per_minute if key else self._service.settings.limit_per_ip
        limiter = self._service.limiter
        verdict = limiter.at_hand(caller.counted_as, limit)
        seen.verdict = verdict = verdict or await limiter.ask(caller.counted_as, limit)
        if not verdict.allowed:
            raise over_limit(verdict)
        if wrong:
            raise problems.unauthorized("The API key is not valid.")
        await self._answer(seen, receive)

    def address(self, scope: Scope) -> str:
        """The client's address as it is counted."""
        return self._addresses.of(scope)

    async def key_of(self, scope: Scope) -> tuple[Key | None, bool]:
        """The key that was shown, and whether something was shown that is none."""
        shown = header(scope, b"x-api-key")
        if shown is None:
            return None, False
        text = shown.decode("latin-1")
        keys = self._service.keys
        key = keys.at_hand(text) or await keys.find(text)
        return key, key is None

    async def _answer(self, seen: "Seen", receive: Receive) -> None:
        """From memory, from whoever is just making the same answer, or by making it."""
        scope, answers = seen.scope, self._service.answers
        key = reading.cache_key(scope)
        answer = answers.get(key) if scope["method"] == "GET" else None
        if answer is not None:
            await _give(seen, answer, self._service.freshness.encoded())
            return
        if scope["method"] != "GET" or not scope["path"].startswith(SHARED):
            await self._app(scope, receive, seen.send)
            return
        another = answers.made_by_another(key)
        made = await asyncio.shield(another.done) if another else None
        if made is not None:
            await _give(seen, *made)
            return
        with answers.making(key) as making:
            scope[reading.MAKING] = making
            await self._app(scope, receive, seen.send)


async def _give(seen: "Seen", answer: Answer, as_of: bytes) -> None:
    shown = header(seen.scope, b"if-none-match")
    if shown is not None and reading.matches(shown.decode("latin-1"), answer.version):
        await seen.answer(304, b"", answer.headers, kept=True)
        return
    await seen.answer(200, answer.body(as_of), answer.headers, kept=True)


class Seen:
    """One request on its way through: what it was given, and what is told about it."""

    __slots__ = ("_observer", "_send", "_started", "caller", "kept", "request_id", "scope",
                 "started", "status", "verdict")  # fmt: skip

    def __init__(self, scope: Scope, send: Send, observer: Observer) -> None:
        self.scope = scope
        self.caller: Caller | None = None
        self.verdict: Verdict | None = None
        self.status = 500
        self.kept = False
        self.started = False
        self.request_id = _request_id(scope)
        self._send = send
        self._observer = observer
        self._started = time.perf_counter()

    async def send(self, message: Message) -> None:
        """Send for the framework, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.status, self.started = message["status"], True
            headers = [*message["headers"], *self._common()]
            if not any(name == b"content-security-policy" for name, _ in headers):
                headers.append(JSON_POLICY)
            message = {**message, "headers": headers}
        await self._send(message)

    async def answer(
        self, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]], *, kept: bool
    ) -> None:
        """Answer without the framework."""
        self.status, self.kept = status, kept
        told: Headers = [*headers, *self._common(), JSON_POLICY]
        if status != 304:
            told.append((b"content-length", b"%d" % len(body)))
        await self._send({"type": "http.response.start", "status": status, "headers": told})
        await self._send({"type": "http.response.body", "body": body})

    async def refuse(self, problem: Problem) -> None:
        headers = [(b"content-type", problems.MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
        headers += [(k.lower().encode(), v.encode()) for k, v in problem.headers.items()]
        body = problems.encode(problem, self.scope["path"])
        await self.answer(problem.status, body, headers, kept=False)

    def done(self) -> None:
        """Count and log it."""
        seconds = time.perf_counter() - self._started
        self._observer.saw(self, seconds)

    def _common(self) -> Headers:
        told = [(b"x-request-id", self.request_id.encode()), *SECURITY]
        return told + self.verdict.headers() if self.verdict else told


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that name."""
    for key, value in cast("Headers", scope["headers"]):
        if key == name:
            return value
    return None


def over_limit(verdict: Verdict) -> Problem:
    """429, with the time after which some of the limit is free again."""
    return Problem(
        429,
        "rate-limited",
        f"The limit of {verdict.limit} requests a minute is used up.",
        headers={"Retry-After": str(verdict.reset_s)},
    )


def _request_id(scope: Scope) -> str:
    """A client's own id if it is short and plain, else a new one."""
    shown = header(scope, b"x-request-id")
    if shown is not None and len(shown) <= 64 and shown.replace(b"-", b"").isalnum():
        return shown.decode()
    return new_request_id().decode()


def new_request_id() -> bytes:
    """As random as a UUID, at a tenth of its price."""
    return os.urandom(16).hex().encode()
