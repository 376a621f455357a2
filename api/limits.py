"""Limits by the minute, kept in Redis and leased to each process in small blocks.

The window slides: in no 60 seconds is more than the limit granted. (GCRA, the usual choice, lets
a rested client take twice its limit in its first minute; docs/adr/0007 has the comparison.) A process
leases at most a twentieth of a limit at a time, so a hot key costs no round trip a request, and
what a process has leased and not used is all by which the count can be off.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api import problems

WINDOW_S = 60
#: Blocks of at most this part of a limit.
BLOCK_DIVISOR = 20
#: A lease that was not used up by then is given up rather than spent in another window.
LEASE_S = 10.0
#: A refused caller is refused from memory this long.
REFUSAL_S = 1.0
MAX_LEASES = 50_000
SCRIPT = (Path(__file__).parent / "limit.lua").read_text()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on, and what the client is told about its allowance."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The allowance as response headers."""
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset_s),
            (b"ratelimit-policy", b"%d;w=%d" % (self.limit, WINDOW_S)),
        ]

    def block(self) -> bytes:
        """The same as a part of a response's head."""
        told = (self.limit, self.remaining, self.reset_s, self.limit, WINDOW_S)
        return (
            b"ratelimit-limit: %d\r\nratelimit-remaining: %d\r\nratelimit-reset: %d\r\n"
            b"ratelimit-policy: %d;w=%d\r\n" % told
        )


@dataclass(slots=True)
class Lease:
    """Requests this process may still let through for one name."""

    limit: int
    tokens: int
    left: int  # in Redis, when the block was taken
    reset_at: float
    good_until: float

    def take(self, now: float) -> Verdict | None:
        """Spend one, or None when Redis has to be asked."""
        if now >= self.good_until:
            return None
        reset_s = max(1, round(self.reset_at - now))
        if self.tokens > 0:
            self.tokens -= 1
            return Verdict(True, self.limit, self.left + self.tokens, reset_s)  # noqa: FBT003 the field stands first in Verdict
        if self.left == 0:
            return Verdict(False, self.limit, 0, reset_s)  # noqa: FBT003 the field stands first in Verdict
        return None


@dataclass
class LocalWindow:
    """The same rule counted by this process alone, while Redis is away."""

    seconds: dict[int, int] = field(default_factory=dict)

    def take(self, limit: int, want: int, now: float) -> tuple[int, int, int]:
        """Granted, left and seconds until some come back."""
        second = int(now)
        kept = {at: n for at, n in self.seconds.items() if at >= second - WINDOW_S}
        used = sum(kept.values())
        granted = max(0, min(want, limit - used))
        if granted:
            kept[second] = kept.get(second, 0) + granted
        self.seconds = kept
        oldest = min(kept, default=second)
        return granted, max(0, limit - used - granted), oldest + WINDOW_S + 1 - second


class Limiter:
    """Decides by name, say `ip:203.0.113.9` or `key:1f2e3d`, with that name's limit a minute."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._script = redis.register_script(SCRIPT)
        self._clock = clock
        self._leases: dict[str, Lease] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._local: dict[str, LocalWindow] = {}

    def at_hand(self, name: str, limit: int) -> Verdict | None:
        """The verdict if a lease answers it; None when `ask` must."""
        lease = self._leases.get(name)
        if lease is None or lease.limit != limit:
            return None
        return lease.take(self._clock())

    async def ask(self, name: str, limit: int, *, fail_open: bool = True) -> Verdict:
        """The verdict, leasing a new block when the last one is spent.

        Raises:
            Problem: 503, Redis is away and `fail_open` is false.
        """
        lock = self._asking.setdefault(name, asyncio.Lock())
        try:
            async with lock:  # one block at a time, however many requests wait for it
                verdict = self.at_hand(name, limit)
                while verdict is None:
                    await self._lease(name, limit, fail_open=fail_open)
                    verdict = self.at_hand(name, limit)
                return verdict
        finally:
            if not lock.locked():
                self._asking.pop(name, None)

    async def _lease(self, name: str, limit: int, *, fail_open: bool) -> None:
        want = max(1, limit // BLOCK_DIVISOR)
        try:
            granted, left, reset_s = await self._script(
                keys=[f"limit:{{{name}}}"], args=[limit, want, WINDOW_S]
            )
        except (RedisError, OSError, TimeoutError) as error:
            if not fail_open:
                raise problems.unavailable("Limits cannot be counted just now.") from error
            log.warning("redis is away; this process counts alone", error=type(error).__name__)
            window = self._local.setdefault(name, LocalWindow())
            granted, left, reset_s = window.take(limit, want, self._clock())
        self._remember(name, Lease(limit, granted, left, *self._times(granted, reset_s)))

    def _times(self, granted: int, reset_s: int) -> tuple[float, float]:
        now = self._clock()
        return now + reset_s, now + (LEASE_S if granted else REFUSAL_S)

    def _remember(self, name: str, lease: Lease) -> None:
        if len(self._leases) >= MAX_LEASES:
            now = self._clock()
            self._leases = {n: kept for n, kept in self._leases.items() if kept.good_until > now}
            self._local.clear()
        self._leases[name] = lease
