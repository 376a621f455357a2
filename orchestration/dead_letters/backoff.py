"""When a dead letter is tried again, if ever. Pure: the clock and the dice are handed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Schedule:
    """Three retries by default, at about 30 s, 60 s and 120 s; each delay doubles and moves by ± jitter."""

    retries: int = 3
    base: timedelta = timedelta(seconds=30)
    cap: timedelta = timedelta(hours=1)
    jitter: float = 0.2


def next_retry(attempts: int, schedule: Schedule, *, now: datetime, dice: float) -> datetime | None:
    """When to try again after ``attempts`` retries have failed; None = a person must look.

    Args:
        attempts: retries made so far, 0 for a letter that has just arrived.
        schedule: how often and how far apart.
        now: wall time.
        dice: uniform in [0, 1), so that a thousand letters do not come back at one moment.
    """
    if attempts >= schedule.retries:
        return None
    delay = min(schedule.base * (1 << attempts), schedule.cap)
    return now + delay * (1 + schedule.jitter * (2 * dice - 1))
