"""Helius proves itself by echoing a secret; there is no signature to check."""

import hmac
from collections.abc import Iterable, Sequence

Headers = Iterable[tuple[bytes, bytes]]


def header(headers: Headers, name: bytes) -> bytes | None:
    """The value of a header that was sent exactly once; ASGI gives names in lower case."""
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else None


def authorised(headers: Headers, secrets: Sequence[str]) -> bool:
    """Whether `Authorization` is one of the live secrets; the time taken tells nothing of which."""
    given = header(headers, b"authorization") or b""
    matches = [hmac.compare_digest(given, secret.encode()) for secret in secrets]
    return any(matches)
