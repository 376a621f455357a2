"""One market's stream inside a process: who follows it, and from where.

A subscriber is in exactly one of three places. *In step*: it was sent everything up to `tail`, so
the next frame is the same bytes for all of them. *Apart*: its last message is another than the
tail (it joined with a snapshot newer than what this process has heard, or none was heard yet).
*Slow*: its buffer is full; messages wait in its backlog.
"""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import Protocol

from api.socket.told import Told

Write = Callable[[bytes], None]


class Subscriber(Protocol):
    """What a channel needs of a connection."""

    write: Write

    def hold(self, told: Told) -> None:
        """Keep a message until the client has caught up."""


class Channel:
    """The followers of one market and its last messages."""

    __slots__ = ("_gathered", "apart", "in_step", "market_id", "memory", "slow", "snapshot", "tail")

    def __init__(self, market_id: str) -> None:
        self.market_id = market_id
        self.tail: int | None = None  # seq of the last message heard
        self.memory: deque[Told] = deque()
        self.in_step: dict[Subscriber, Write] = {}
        self.apart: dict[Subscriber, int] = {}
        self.slow: dict[Subscriber, int] = {}
        self.snapshot: tuple[int, bytes] | None = None  # seq and JSON, while it is current
        self._gathered: list[bytes] = []  # empty but within a round

    def tell(self, told: Told) -> int:
        """Take a message for every follower; returns how many it is written to.

        What goes to those in step is gathered until `flush`: several messages by one write.
        """
        written = len(self.in_step)
        if self.in_step:
            self._gathered.append(told.frame(self.tail if self.tail is not None else told.seq - 1))
        if self.apart:
            self.flush()  # who falls into step now was not to be told what came before
            written += self._tell_apart(told)
        for subscriber in self.slow:
            subscriber.hold(told)
        self.tail = told.seq
        self.memory.append(told)
        self.snapshot = None
        return written

    def flush(self) -> None:
        """Write what was gathered, the same bytes to everyone in step."""
        if self._gathered:
            frames = b"".join(self._gathered)
            self._gathered.clear()
            for write in self.in_step.values():
                write(frames)

    def _tell_apart(self, told: Told) -> int:
        ready = [(who, last) for who, last in self.apart.items() if told.seq > last]
        for subscriber, last in ready:
            subscriber.write(told.frame(last))
            del self.apart[subscriber]
            self.in_step[subscriber] = subscriber.write
        return len(ready)

    def follow(self, subscriber: Subscriber, last: int) -> None:
        """Begin after message `last`, sending what was heard since."""
        self._place(subscriber, write_all(subscriber.write, self.since(last), last))

    def leave(self, subscriber: Subscriber) -> None:
        for place in (self.in_step, self.apart, self.slow):
            place.pop(subscriber, None)

    def last_sent(self, subscriber: Subscriber) -> int | None:
        """The seq a follower has been sent last, None for who follows not."""
        if subscriber in self.in_step:
            return self.tail
        return self.apart.get(subscriber, self.slow.get(subscriber))

    def slow_down(self, subscriber: Subscriber) -> None:
        """Keep its messages from now on."""
        last = self.last_sent(subscriber)
        if last is not None:
            self.leave(subscriber)
            self.slow[subscriber] = last

    def catch_up(self, subscriber: Subscriber) -> None:
        """Write to it again; its backlog has been sent up to `slow[subscriber]`."""
        last = self.slow.pop(subscriber, None)
        if last is not None:
            self._place(subscriber, last)

    def _place(self, subscriber: Subscriber, last: int) -> None:
        if last == self.tail:
            self.in_step[subscriber] = subscriber.write
        else:
            self.apart[subscriber] = last

    def remembers(self, last: int) -> bool:
        """Whether everything after `last` is in memory (or nothing is missing)."""
        if self.tail is None or last > self.tail:
            return False  # others may have heard more than this process: ask the outbox
        return last == self.tail or (bool(self.memory) and self.memory[0].seq <= last + 1)

    def since(self, last: int) -> list[Told]:
        """What is remembered after `last`: looked for from the newest, for few are far behind."""
        found = list(takewhile(lambda told: told.seq > last, reversed(self.memory)))
        found.reverse()
        return found

    @property
    def is_idle(self) -> bool:
        return not (self.memory or self.in_step or self.apart or self.slow)


def write_all(write: Write, missed: Iterable[Told], last: int) -> int:
    """Send what came after message `last` by one write; the seq of the last one sent."""
    frames: list[bytes] = []
    for told in missed:
        frames.append(told.frame(last))
        last = told.seq
    if frames:
        write(b"".join(frames))
    return last
