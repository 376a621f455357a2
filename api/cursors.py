"""Keyset cursors: opaque to clients, bound to the very list they came from, signed.

A cursor carries the sort key of the last row served. It is bound to the list (route, filters,
sort) by a digest and signed, so that a cursor of another list, of another version or with an
altered byte is refused instead of paging from a place nobody was at.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from api import problems

VERSION = 1
TAG_BYTES = 16
#: A sort key is a few short texts; anything longer was not made here.
MAX_CHARS = 1024


@dataclass(frozen=True)
class Cursors:
    """Seals and opens cursors with one key, shared by every process that serves the API."""

    key: bytes

    def seal(self, scope: str, values: Sequence[str | None]) -> str:
        """The cursor behind a row with the sort key `values` in the list named by `scope`."""
        payload = orjson.dumps([VERSION, scope, list(values)])
        return base64.urlsafe_b64encode(self._tag(payload) + payload).rstrip(b"=").decode()

    def open(self, scope: str, cursor: str, length: int) -> list[str | None]:
        """The sort key in `cursor`; a Problem (400) when it is not one of this list."""
        payload = self._verified(cursor)
        version, sealed_scope, values = orjson.loads(payload)
        if version != VERSION:
            raise problems.bad_cursor("it is of another version")
        if sealed_scope != scope or len(values) != length:
            raise problems.bad_cursor("it belongs to another list")
        return list(values)

    def _verified(self, cursor: str) -> bytes:
        if len(cursor) > MAX_CHARS:
            raise problems.bad_cursor("it is too long")
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise problems.bad_cursor("it is not base64url") from None
        tag, payload = sealed[:TAG_BYTES], sealed[TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(payload)):
            raise problems.bad_cursor("its signature does not fit")
        return payload

    def _tag(self, payload: bytes) -> bytes:
        return hmac.digest(self.key, payload, "sha256")[:TAG_BYTES]


def scope(route: str, filters: Mapping[str, object]) -> str:
    """Names a list by its route and everything that decides which rows it has in which order."""
    chosen = {name: str(value) for name, value in filters.items() if value is not None}
    told = orjson.dumps([route, chosen], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest()[:16]
