"""Encoded answers kept by the version of the data they were made from.

The process reads every change from the stream anyway, so it knows, market by market, when an
answer has become old. What is kept is the bytes up to `as_of`, which is said anew each time.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from api.freshness import Freshness

#: The tag of answers that any change makes old.
EVERYTHING = "*"
#: A larger body is made anew each time; it would push out many small ones.
MAX_BODY = 256 * 1024


@dataclass(frozen=True, slots=True)
class Version:
    """Of the rows behind an answer: a market's, or of everything."""

    tag: str
    number: int
    epoch: str

    @property
    def etag(self) -> str:
        """Weak, since `as_of` moves on while the data stands still."""
        return f'W/"{self.epoch[:8]}-{self.number}"'


@dataclass(frozen=True)
class Answer:
    """A body up to its `as_of`, which the closing brace follows."""

    head: bytes
    version: Version
    expires_at: float
    headers: tuple[tuple[bytes, bytes], ...]

    @cached_property
    def block(self) -> bytes:
        """The headers as a part of a response's head."""
        return b"".join(b"%b: %b\r\n" % header for header in self.headers)

    def body(self, as_of: bytes) -> bytes:
        return b"".join((self.head, b'"as_of":', as_of, b"}"))


#: An answer and the `as_of` it was read under.
Made = tuple[Answer, bytes]


class Making:
    """An answer on its way, for whoever asks the same meanwhile.

    `version` is what the rows were found at before they were read, None until then.
    """

    __slots__ = ("done", "version")

    def __init__(self) -> None:
        self.version: Version | None = None
        self.done: asyncio.Future[Made | None] = asyncio.get_running_loop().create_future()

    def tell(self, answer: Answer, as_of: bytes) -> None:
        """Hand it to everyone who waits."""
        if not self.done.done():
            self.done.set_result((answer, as_of))


class Answers:
    """A bounded cache; an answer is stored only if nothing changed while it was made."""

    def __init__(
        self,
        freshness: Freshness,
        max_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._freshness = freshness
        self._max_bytes = max_bytes
        self._clock = clock
        self._kept: OrderedDict[bytes, Answer] = OrderedDict()
        self._by_tag: dict[str, set[bytes]] = {}
        self._versions: dict[str, int] = {}
        self._base = 0
        self._making: dict[bytes, Making] = {}
        self.bytes = 0

    def version(self, tag: str) -> Version:
        """Read before the rows are; a change in between then keeps the answer from being stored."""
        return Version(tag, self._versions.get(tag, self._base), self._freshness.epoch)

    def changed(self, tag: str, pos: int) -> None:
        """A market's rows are other rows since `pos`."""
        for told in (tag, EVERYTHING):
            self._versions[told] = pos
            for key in self._by_tag.pop(told, ()):
                self._remove(key)

    def restart(self, pos: int) -> None:
        """Forget all; versions begin at `pos`."""
        self._base = pos
        self._versions.clear()
        self._kept.clear()
        self._by_tag.clear()
        self.bytes = 0

    def get(self, key: bytes) -> Answer | None:
        """The answer kept for a path and query, unless nobody knows whether it is current."""
        answer = self._kept.get(key)
        if answer is None or self._freshness.stale:
            return None
        if answer.expires_at < self._clock():
            self._remove(key)
            return None
        self._kept.move_to_end(key)
        return answer

    def store(self, key: bytes, answer: Answer) -> bool:
        """Keep an answer if the data is still what it was made from."""
        if self._freshness.stale or len(answer.head) > MAX_BODY:
            return False
        if self.version(answer.version.tag) != answer.version:
            return False
        self._remove(key)
        self._kept[key] = answer
        self._by_tag.setdefault(answer.version.tag, set()).add(key)
        self.bytes += _size(key, answer)
        while self.bytes > self._max_bytes and self._kept:
            self._remove(next(iter(self._kept)))
        return True

    def made_by_another(self, key: bytes) -> Making | None:
        """The same answer on its way, if its rows are (or will be) as new as can be known here."""
        making = self._making.get(key)
        if making is None or self._freshness.stale:
            return None
        version = making.version
        return making if version is None or version == self.version(version.tag) else None

    @contextmanager
    def making(self, key: bytes) -> Iterator[Making]:
        """Make an answer; whoever waits for it in vain makes it alone."""
        making = self._making[key] = Making()
        try:
            yield making
        finally:
            if self._making.get(key) is making:
                del self._making[key]
            if not making.done.done():
                making.done.set_result(None)

    def _remove(self, key: bytes) -> None:
        answer = self._kept.pop(key, None)
        if answer is None:
            return
        self.bytes -= _size(key, answer)
        keys = self._by_tag.get(answer.version.tag)
        if keys is not None:
            keys.discard(key)
            if not keys:
                del self._by_tag[answer.version.tag]


def _size(key: bytes, answer: Answer) -> int:
    return len(key) + len(answer.head) + 200  # objects around them
