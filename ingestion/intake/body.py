"""A request's body, read and unpacked within limits of size and time."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ingestion.intake.refusals import Refusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_GZIP = 16 + zlib.MAX_WBITS


class SenderGone(Exception):
    """The sender hung up before its body was complete; there is nobody to answer."""


async def read_body(receive: Receive, *, length: bytes | None, limit: int, seconds: float) -> bytes:
    """Read a body of at most `limit` bytes.

    Args:
        receive: ASGI's.
        length: Content-Length as sent, so that what is said to be too large is not read at all.
        limit: bytes.
        seconds: for the whole of it: a sender that trickles holds a connection, not memory.

    Raises:
        Refusal: 413 too large, 408 too slow.
        SenderGone: the connection closed.
    """
    if length is not None and length.isdigit() and int(length) > limit:
        raise Refusal(413, "body too large")
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, limit)
    except TimeoutError:
        raise Refusal(408, "body too slow") from None


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise Refusal(413, "body too large")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def unpack(body: bytes, encoding: bytes | None, *, limit: int) -> bytes:
    """Undo the content encoding; a small body that unpacks to a huge one is refused unseen.

    Raises:
        Refusal: 413 too large when unpacked, 400 damaged, 415 an encoding other than gzip.
    """
    if encoding is None or encoding.lower() == b"identity":
        return body
    if encoding.lower() != b"gzip":
        raise Refusal(415, "unsupported content encoding")
    unzip = zlib.decompressobj(_GZIP)
    try:
        plain = unzip.decompress(body, limit + 1)
    except zlib.error:
        raise Refusal(400, "body is not gzip") from None
    if len(plain) > limit:
        raise Refusal(413, "body too large")
    if not unzip.eof or unzip.unused_data:
        raise Refusal(400, "gzip body is cut or has a tail")
    return plain
