"""How far the data this process serves has come, and whether it still comes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AsOf:
    """What every answer says about its age.

    slot and pos are the last the process has seen told; lag_ms is the age, by our receipt, of the
    oldest row that is landed and not yet folded (0 when none).
    """

    slot: int
    pos: int
    lag_ms: int

    def encode(self) -> bytes:
        return b'{"slot":%d,"pos":%d,"lag_ms":%d}' % (self.slot, self.pos, self.lag_ms)


@dataclass
class Freshness:
    """The process's one clock of data: moved by the stream's reader, read by everybody."""

    stale_after_ms: int
    clock: Callable[[], float] = time.monotonic
    epoch: str = ""
    pos: int = 0
    slot: int = 0
    lag_ms: int = 0
    ticked_at: float | None = None
    _encoded: bytes = field(default=b"", repr=False)

    def tick(self, *, slot: int, lag_ms: int) -> None:
        """A sign of life from the fold, once a second even when nothing happens."""
        self.slot = max(self.slot, slot)
        self.lag_ms = lag_ms
        self.ticked_at = self.clock()
        self._encoded = b""

    def advance(self, pos: int, slot: int) -> None:
        """The marts are known to hold everything up to `pos`."""
        self.pos = max(self.pos, pos)
        self.slot = max(self.slot, slot)
        self._encoded = b""

    def restart(self, epoch: str, pos: int) -> None:
        """Another epoch: positions begin anew."""
        self.epoch, self.pos = epoch, pos
        self._encoded = b""

    @property
    def age_ms(self) -> float:
        """Since the last tick; infinite before the first."""
        if self.ticked_at is None:
            return float("inf")
        return (self.clock() - self.ticked_at) * 1000

    @property
    def stale(self) -> bool:
        """Nobody knows any more whether what is kept is current."""
        return self.age_ms > self.stale_after_ms

    def as_of(self) -> AsOf:
        """What to say now; a silent stream ages what was last said about lag."""
        silence = self.age_ms if self.stale and self.ticked_at is not None else 0
        return AsOf(self.slot, self.pos, self.lag_ms + int(silence))

    def encoded(self) -> bytes:
        """`as_of` as JSON, encoded once per change."""
        if self.stale:
            return self.as_of().encode()
        if not self._encoded:
            self._encoded = self.as_of().encode()
        return self._encoded
