"""What costs the database much to say is asked for seldom, and kept between."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from oddsline import blocking

T = TypeVar("T")


@dataclass
class Kept(Generic[T]):
    """`kept(connection)` is what `read` said, read again once it is `every_s` seconds old.

    The age counts from the end of a reading: one that is slow leaves the database the whole pause.
    What `read` raises is raised and not kept, so the next caller reads again.
    """

    read: Callable[[blocking.Connection], T]
    every_s: float
    clock: Callable[[], float] = time.monotonic
    _newest: tuple[float, T] | None = field(default=None, init=False)

    def __call__(self, connection: blocking.Connection) -> T:
        if self._newest is None or self.clock() - self._newest[0] >= self.every_s:
            value = self.read(connection)
            self._newest = self.clock(), value
        return self._newest[1]
