"""Reading a body: limits of size and time hold before and after gzip."""

import asyncio
import gzip

import pytest

from ingestion.intake.body import SenderGone, read_body, unpack
from ingestion.intake.refusals import Refusal


def sender(*chunks: bytes, then=None):
    """ASGI's receive for these chunks."""
    messages = [
        {"type": "http.request", "body": c, "more_body": i < len(chunks) - 1 or then is not None}
        for i, c in enumerate(chunks)
    ]
    messages += [then] if isinstance(then, dict) else []

    async def receive():
        if messages:
            return messages.pop(0)
        return await asyncio.Event().wait()

    return receive


async def read(receive, *, length=None, limit=10, seconds=5.0):
    return await read_body(receive, length=length, limit=limit, seconds=seconds)


async def test_chunks_are_joined():
    """However a body is cut, it is read whole."""
    assert await read(sender(b"ab", b"", b"cd")) == b"abcd"


async def test_a_body_of_exactly_the_limit_is_read():
    """The limit is what may be, not what may not."""
    assert await read(sender(b"x" * 10)) == b"x" * 10


async def test_a_body_above_the_limit_is_413_though_it_did_not_say_its_length():
    """Chunked bodies are counted as they come."""
    with pytest.raises(Refusal) as refused:
        await read(sender(b"x" * 6, b"x" * 6))
    assert refused.value.status == 413


async def test_a_body_that_says_it_is_too_large_is_not_read():
    """Content-Length alone is enough to refuse."""

    async def receive():
        raise AssertionError("was read")

    with pytest.raises(Refusal) as refused:
        await read(receive, length=b"11")
    assert refused.value.status == 413


async def test_a_trickling_sender_is_408():
    """A body that never ends holds a connection only for so long."""
    with pytest.raises(Refusal) as refused:
        await read(sender(b"x", then="silence"), seconds=0.01)
    assert refused.value.status == 408


async def test_a_sender_that_hangs_up_is_not_answered():
    """Half a body is nobody's delivery."""
    with pytest.raises(SenderGone):
        await read(sender(b"[", then={"type": "http.disconnect"}))


@pytest.mark.parametrize("encoding", [None, b"identity"])
def test_a_plain_body_is_left_alone(encoding):
    """Without a content encoding there is nothing to undo."""
    assert unpack(b"[]", encoding, limit=10) == b"[]"


@pytest.mark.parametrize("encoding", [b"gzip", b"GZIP"])
def test_gzip_is_undone(encoding):
    """Encodings are named without regard to case."""
    assert unpack(gzip.compress(b"[1,2]"), encoding, limit=10) == b"[1,2]"


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b"x" * 11, mtime=0), b"gzip", 413),  # too large only when unpacked
        (gzip.compress(bytes(200_000_000), mtime=0), b"gzip", 413),  # a bomb
        (b"[]", b"gzip", 400),  # says gzip, is not
        (gzip.compress(b"[]", mtime=0)[:-3], b"gzip", 400),  # cut
        (gzip.compress(b"[]", mtime=0) + b"tail", b"gzip", 400),
        (b"", b"gzip", 400),
        (b"[]", b"br", 415),
        (b"[]", b"gzip, gzip", 415),
    ],
)
def test_what_cannot_be_unpacked_within_limits_is_refused(body, encoding, status):
    """Each damage has its status."""
    with pytest.raises(Refusal) as refused:
        unpack(body, encoding, limit=10)
    assert refused.value.status == status
