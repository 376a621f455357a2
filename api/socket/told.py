"""A message as the fold told it, ready to be framed for whoever has heard what came before."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from api.socket import frames

PRICE = "price:update"


@dataclass(frozen=True, slots=True)
class Told:
    """One message of one market.

    `body` is its JSON without the closing brace; what a connection adds is `prev_seq`, the last
    message of this market it was sent, and `published_at`.
    """

    pos: int
    seq: int
    market_id: str
    type: str
    epoch: str
    slot: int
    body: bytes
    published: bytes
    heard_at: float  # monotonic seconds

    def frame(self, prev_seq: int) -> bytes:
        """The text frame for a connection whose last message of this market was `prev_seq`."""
        return frames.text(
            b'%b,"prev_seq":%d,"published_at":"%b"}' % (self.body, prev_seq, self.published)
        )

    @property
    def coalesces(self) -> bool:
        """A newer price replaces an older one for who is slow; trades and states never do."""
        return self.type == PRICE


def parse(body: bytes, published: bytes, heard_at: float) -> Told:
    """Read a message as it stands in the stream or the outbox.

    Raises:
        KeyError, ValueError: it is no message.
    """
    told = orjson.loads(body)
    return Told(
        pos=told["pos"],
        seq=told["seq"],
        market_id=told["market_id"],
        type=told["type"],
        epoch=told.get("epoch", ""),
        slot=told.get("slot") or 0,
        body=body.rstrip()[:-1],
        published=published,
        heard_at=heard_at,
    )


def parse_all(bodies: Iterable[bytes]) -> list[Told]:
    """Read messages that are told together: they carry one moment.

    Raises:
        KeyError, ValueError: one is no message.
    """
    now, heard_at = datetime.now(UTC), time.monotonic()
    published = now.isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
    return [parse(body, published, heard_at) for body in bodies]
