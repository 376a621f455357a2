"""Fan-out in memory: what the reader hears goes to everyone who follows, each frame built once."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile

from prometheus_client import Counter, Gauge

from api.answers import Answers
from api.freshness import Freshness
from api.socket.channel import Channel, Subscriber, Write
from api.socket.codes import Close
from api.socket.told import Told
from oddsline import logs

DELIVERIES = Counter("oddsline_api_socket_deliveries", "Frames written to sockets")
HEARD = Counter("oddsline_api_socket_messages", "Messages heard from the stream")
SOCKETS = Gauge("oddsline_api_sockets", "Open sockets")
CLOSED = Counter("oddsline_api_sockets_closed", "Sockets closed by us", ["code"])

#: Messages written together: a client that is slow is noticed after so many.
ROUND = 500
#: Memory's bound in messages, whatever the window.
MAX_MEMORY = 200_000


class Member(Subscriber):
    """A connection as the hub sees it."""

    def beat(self, now: float) -> None:
        """Send the heartbeat, and end what has gone on too long."""

    def end(self, code: Close, reason: str = "") -> None:
        """Close it."""


class Hub:
    """Channels by market, followers of everything, and memory to replay from."""

    def __init__(
        self,
        freshness: Freshness,
        answers: Answers,
        memory_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.freshness = freshness
        self.answers = answers
        self.clock = clock
        self.members: set[Member] = set()
        self.everything: dict[Subscriber, Write] = {}
        self.slow_everything: set[Subscriber] = set()
        self.memory: deque[Told] = deque()
        self._memory_s = memory_s
        self._channels: dict[str, Channel] = {}
        self._slowed: list[Callable[[], None]] = []

    def channel(self, market_id: str) -> Channel:
        """The channel of a market, made when first asked for."""
        channel = self._channels.get(market_id)
        if channel is None:
            channel = self._channels[market_id] = Channel(market_id)
        return channel

    def publish(self, heard: Sequence[Told]) -> None:
        """Tell everyone; the marts hold what is said, and answers made before are dropped."""
        for first in range(0, len(heard), ROUND):
            DELIVERIES.inc(self._round(heard[first : first + ROUND]))
        HEARD.inc(len(heard))

    def _round(self, heard: Sequence[Told]) -> int:
        """Tell some messages, each client by one write; returns how many frames were written."""
        deliveries = 0
        touched: dict[str, Channel] = {}
        frames: list[bytes] = []
        follows = logs.follows()
        for told in heard:
            self.freshness.advance(told.pos, told.slot)
            self.answers.changed(told.market_id, told.pos)
            channel = touched[told.market_id] = self.channel(told.market_id)
            if self.everything:
                frames.append(
                    told.frame(channel.tail if channel.tail is not None else told.seq - 1)
                )
            written = channel.tell(told) + len(self.everything)
            deliveries += written
            if follows:
                logs.step("told", logs.trace_of(told.body + b"}"), pos=told.pos, sockets=written)
            for subscriber in self.slow_everything:
                subscriber.hold(told)
            self.memory.append(told)
        for channel in touched.values():
            channel.flush()
        joined = b"".join(frames)
        for write in self.everything.values():
            write(joined)
        self._slow_down()
        return deliveries

    def slowed(self, react: Callable[[], None]) -> None:
        """Note a client whose buffer is full; acted on between rounds, when all is written."""
        self._slowed.append(react)

    def _slow_down(self) -> None:
        while self._slowed:
            self._slowed.pop()()

    def remembers(self, pos: int) -> bool:
        """Whether everything after `pos` is in memory (or nothing is missing)."""
        if pos >= self.freshness.pos:
            return pos == self.freshness.pos
        return bool(self.memory) and self.memory[0].pos <= pos + 1

    def since(self, pos: int) -> Sequence[Told]:
        found = list(takewhile(lambda told: told.pos > pos, reversed(self.memory)))
        found.reverse()
        return found

    def join(self, member: Member) -> None:
        self.members.add(member)
        SOCKETS.set(len(self.members))

    def leave(self, member: Member) -> None:
        self.members.discard(member)
        SOCKETS.set(len(self.members))

    def forget(self) -> None:
        """Drop what is older than the memory's window, and channels nobody needs."""
        before = self.clock() - self._memory_s
        while self.memory and (self.memory[0].heard_at < before or len(self.memory) > MAX_MEMORY):
            channel = self.channel(self.memory.popleft().market_id)
            if channel.memory:
                channel.memory.popleft()
        for market_id in [m for m, channel in self._channels.items() if channel.is_idle]:
            del self._channels[market_id]

    def restart(self, epoch: str, pos: int) -> None:
        """Another epoch: nothing heard before holds; clients come back for snapshots."""
        self.freshness.restart(epoch, pos)
        self.answers.restart(pos)
        self.memory.clear()
        self._channels.clear()
        for member in list(self.members):
            member.end(Close.DRAIN, "a new epoch began")
