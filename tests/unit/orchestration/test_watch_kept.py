"""What the watch reads seldom: how often, by a clock that the test moves."""

from typing import cast

import pytest

from oddsline import blocking
from orchestration.watch.kept import Kept

NOWHERE = cast("blocking.Connection", None)  # the readers below never use it


class Slow:
    """A reading that takes three seconds by the test's clock and says how often it was asked."""

    def __init__(self) -> None:
        self.now, self.readings, self.away = 1000.0, 0, False

    def __call__(self, connection: blocking.Connection) -> int:
        self.now += 3
        if self.away:
            raise ConnectionError
        self.readings += 1
        return self.readings

    def clock(self) -> float:
        return self.now


def test_what_is_kept_is_read_again_only_when_it_is_old_enough():
    """A minute of looks every five seconds reads twice: the pause starts when a reading ends."""
    slow = Slow()
    kept = Kept(slow, 60.0, slow.clock)
    said = []
    for _ in range(13):
        said.append(kept(NOWHERE))
        slow.now += 5

    assert said == [1] * 12 + [2]
    assert slow.readings == 2


def test_a_reading_that_fails_is_tried_again_at_the_next_look():
    """The database was away: its error is told, and nothing is kept in place of an answer."""
    slow = Slow()
    kept = Kept(slow, 60.0, slow.clock)
    kept(NOWHERE)
    slow.now, slow.away = slow.now + 60, True
    with pytest.raises(ConnectionError):
        kept(NOWHERE)
    slow.away = False

    assert kept(NOWHERE) == 2
