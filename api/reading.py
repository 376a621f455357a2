"""A read of public or private rows, answered with its version and freshness.

`async with` is not needed: a Reading is opened before the rows are read, so that what it says
about version and freshness is true of whatever the rows then are.
"""

import time
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from api.answers import Answer, Version
from api.freshness import AsOf
from api.service import Service

JSON = "application/json"
PUBLIC = "public, max-age=1"
PRIVATE = "private, no-store"
FOREVER = float("inf")
#: Where the front door leaves the `Making` that waits for this answer.
MAKING = "oddsline.making"


class NotModified(Exception):  # an answer, not an error
    """The client's copy is still what the rows say."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


class PublicReading:
    """Rows that anybody may see: tagged, revalidated, kept."""

    def __init__(
        self, request: Request, service: Service, version: Version, as_of: AsOf, max_age_s: float
    ) -> None:
        self._request = request
        self._service = service
        self._version = version
        self._as_of = as_of
        self._max_age_s = max_age_s

    def one(self, body: str) -> Response:
        """A single object from its JSON."""
        return self._answer(f'{{"data":{body},'.encode())

    def page(self, bodies: Sequence[str], next_cursor: str | None) -> Response:
        """A page from its rows' JSON."""
        return self._answer(page_head(bodies, next_cursor))

    def _answer(self, head: bytes) -> Response:
        etag = self._version.etag
        headers = {"Cache-Control": PUBLIC, "ETag": etag}
        kept = (
            (b"content-type", JSON.encode()),
            *tuple((name.lower().encode(), value.encode()) for name, value in headers.items()),
        )
        answer = Answer(head, self._version, time.monotonic() + self._max_age_s, kept)
        self._service.answers.store(cache_key(self._request.scope), answer)
        as_of = self._as_of.encode()
        if making := self._request.scope.get(MAKING):
            making.tell(answer, as_of)
        return Response(answer.body(as_of), media_type=JSON, headers=headers)


def page_head(bodies: Sequence[str], next_cursor: str | None) -> bytes:
    """A page up to its `as_of`; a cursor is base64url and needs no escaping."""
    told = f'"{next_cursor}"' if next_cursor else "null"
    return f'{{"data":[{",".join(bodies)}],"next_cursor":{told},'.encode()


async def public(
    request: Request, service: Service, tag: str, max_age_s: float = FOREVER
) -> PublicReading:
    """Open a reading of the rows behind `tag`.

    Args:
        request: whose path and query name the answer.
        service: the process.
        tag: a market id, or EVERYTHING.
        max_age_s: how long the answer holds if no row changes (less than for ever where it
            depends on the time of day).

    Raises:
        NotModified: the client has this version already; Postgres is not asked.
    """
    version = service.answers.version(tag)
    if making := request.scope.get(MAKING):
        making.version = version
    shown = request.headers.get("if-none-match")
    if shown and max_age_s == FOREVER and not service.freshness.stale and matches(shown, version):
        raise NotModified(version.etag)
    return PublicReading(request, service, version, await service.as_of(), max_age_s)


def matches(if_none_match: str, version: Version) -> bool:
    """Whether a client's If-None-Match names the version."""
    etags = (etag.strip() for etag in if_none_match.split(","))
    return any(etag == version.etag for etag in etags)


def cache_key(scope: dict[str, object] | object) -> bytes:
    """The name of an answer: path and query as they came."""
    assert isinstance(scope, dict)
    path, query = scope["raw_path"], scope["query_string"]
    assert isinstance(path, bytes)
    assert isinstance(query, bytes)
    return path + b"?" + query


def private(head: bytes, as_of: AsOf) -> Response:
    """An answer that belongs to one wallet or key and is kept by nobody."""
    body = b"".join((head, b'"as_of":', as_of.encode(), b"}"))
    headers = {"Cache-Control": PRIVATE, "Vary": "Authorization, X-API-Key"}
    return Response(body, media_type=JSON, headers=headers)


def unkept(body: dict[str, Any], *, status: int = 200) -> Response:
    """An answer to this one request, without version or freshness."""
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(body), status_code=status, media_type=JSON, headers=headers)
