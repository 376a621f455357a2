"""Kept answers at once: whole HTTP responses from memory, before anything of a request is built.

What the front door does for every request is done here for those it need not pass on: key,
limit, revalidation, headers, count. Whatever is not at hand without waiting (an unknown key, a
spent lease, an answer that is old) is left to the front door, which also words every refusal.
"""

from collections.abc import Mapping
from typing import Any

from api import reading
from api.addresses import Addresses
from api.answers import Answer
from api.front import JSON_POLICY, SECURITY, new_request_id
from api.limits import Verdict
from api.observed import KEPT
from api.service import Service

#: A request with one of these needs a thought: of CORS, of the client's own id.
THOUGHT = frozenset((b"origin", b"x-request-id"))
_COMMON = b"".join(b"%b: %b\r\n" % pair for pair in (*SECURITY, JSON_POLICY))


class AtOnce:
    """Answers what can be answered without waiting; `api.http` asks it first."""

    def __init__(self, service: Service) -> None:
        self._answers = service.answers
        self._freshness = service.freshness
        self._keys = service.keys
        self._limiter = service.limiter
        self._limit_per_ip = service.settings.limit_per_ip
        self._addresses = Addresses(service.settings.trusted_networks)
        self._kept_200, self._kept_304 = KEPT.labels("200"), KEPT.labels("304")

    def __call__(self, scope: Mapping[str, Any]) -> bytes | None:
        """Status line, headers and body up to the server's own headers, or None."""
        if scope["method"] != "GET":
            return None
        answer = self._answers.get(scope["raw_path"] + b"?" + scope["query_string"])
        if answer is None:
            return None
        key = matching = None
        for name, value in scope["headers"]:
            if name == b"x-api-key":
                key = value
            elif name == b"if-none-match":
                matching = value
            elif name in THOUGHT:
                return None
        verdict = self._verdict(scope, key)
        if verdict is None:
            return None
        if matching is not None and reading.matches(matching.decode("latin-1"), answer.version):
            return self._not_modified(answer, verdict)
        return self._whole(answer, verdict)

    def _verdict(self, scope: Mapping[str, Any], shown: bytes | None) -> Verdict | None:
        """That the caller may go on; None where that is not known, or not so."""
        if shown is None:
            name, limit = f"ip:{self._addresses.of(scope)}", self._limit_per_ip
        else:
            key = self._keys.at_hand(shown.decode("latin-1"))
            if key is None:
                return None
            name, limit = f"key:{key.prefix}", key.rate_per_minute
        verdict = self._limiter.at_hand(name, limit)
        return verdict if verdict is not None and verdict.allowed else None

    def _whole(self, answer: Answer, verdict: Verdict) -> bytes:
        self._kept_200.inc()
        as_of = self._freshness.encoded()
        size = len(answer.head) + len(as_of) + 9
        return b"".join((
            b"HTTP/1.1 200 OK\r\n", answer.block, _COMMON, verdict.block(),
            b"x-request-id: %b\r\ncontent-length: %d\r\n\r\n" % (new_request_id(), size),
            answer.head, b'"as_of":', as_of, b"}",
        ))  # fmt: skip

    def _not_modified(self, answer: Answer, verdict: Verdict) -> bytes:
        self._kept_304.inc()
        return b"".join((
            b"HTTP/1.1 304 Not Modified\r\n", answer.block, _COMMON, verdict.block(),
            b"x-request-id: %b\r\n\r\n" % new_request_id(),
        ))  # fmt: skip
