"""How many messages one client may send: a bucket that fills again evenly."""

import time
from collections.abc import Callable


class Allowance:
    """So many a minute, all of them at once if need be."""

    __slots__ = ("_clock", "_left", "_most", "_seen_at")

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most = self._left = float(per_minute)
        self._seen_at = clock()

    def take(self) -> bool:
        """Spend one; False when there was none."""
        now = self._clock()
        self._left = min(self._left + (now - self._seen_at) * self._most / 60, self._most) - 1
        self._seen_at = now
        return self._left >= 0
