"""Dead letters are retried thrice, further and further apart, and then are a person's."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.dead_letters.backoff import Schedule, next_retry

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EVEN = 0.5  # the dice that move nothing


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 30), (1, 60), (2, 120)])
def test_delays_double(attempts, seconds):
    """30 s, 60 s, 120 s with even dice."""
    assert next_retry(attempts, Schedule(), now=NOW, dice=EVEN) == NOW + timedelta(seconds=seconds)


def test_after_three_retries_a_person_must_look():
    """There is no fourth."""
    assert next_retry(3, Schedule(), now=NOW, dice=EVEN) is None
    assert next_retry(4, Schedule(), now=NOW, dice=EVEN) is None


@given(st.integers(0, 40), st.floats(0, 1, exclude_max=True))
def test_delays_are_positive_capped_and_jittered_within_bounds(attempts, dice):
    """However many retries a schedule allows, no delay leaves [80 %, 120 %] of its capped base."""
    schedule = Schedule(retries=100)

    again = next_retry(attempts, schedule, now=NOW, dice=dice)
    assert again is not None
    delay = again - NOW

    plain = min(schedule.base * 2**attempts, schedule.cap)
    assert plain * 0.79 <= delay <= plain * 1.21
