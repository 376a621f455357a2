"""What is known of the line's watchers at one moment, read from its database alone."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oddsline import blocking
from orchestration.monitor.due import Periods

SQL = Path(__file__).with_name("sql")
SAMPLE = 20


@dataclass(frozen=True)
class Counted:
    """An exact count, and the first few of what was counted."""

    count: int = 0
    sample: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Tick:
    """A sensor, schedule or suite of checks: seconds since it ticked, and usually between two ticks.

    ``usual_s`` of None: it has ticked once, so nobody can say. ``failed``: how many of its last
    three ticks failed.
    """

    name: str
    kind: str
    silent_s: float
    usual_s: float | None
    failed: int = 0


@dataclass(frozen=True)
class Success:
    """Transitions that ended in a window, and those whose last ending was good."""

    time_window: str
    ended: int
    succeeded: int

    @property
    def ratio(self) -> float | None:
        return self.succeeded / self.ended if self.ended else None


@dataclass(frozen=True)
class Trend:
    """A week of one action; lamports, seconds. ``double_sends`` counts all time."""

    action: str
    attempts: int
    succeeded: int
    expired: int
    fees: float
    seconds_to_land_p95: float | None
    double_sends: int
    failures: Mapping[str, int]  # by the error's name


@dataclass(frozen=True)
class Facts:
    """What one look saw; silences are seconds.

    ``stuck`` of None: the chain's time is not known, so nobody can say. ``keeper_silent_s`` of
    None: no keeper is connected. ``ledger_silent_s`` of None: it has never looked.
    """

    stuck: Counted | None = None
    failing: Counted = Counted()
    daemons: Mapping[str, float] = field(default_factory=dict)
    ticks: tuple[Tick, ...] = ()
    keeper_silent_s: float | None = None
    success: tuple[Success, ...] = ()
    trends: tuple[Trend, ...] = ()
    fold_lag_s: float = 0.0
    gaps: Counted = Counted()
    ledger_silent_s: float | None = None
    checked: tuple[Tick, ...] = ()


def stuck(connection: blocking.Connection, periods: Periods, *, now: int, grace_s: int) -> Counted:
    """Markets that should have moved by chain time ``now`` (Unix seconds) and have not."""
    values = {
        "now": now,
        "dispute_s": periods.dispute_s,
        "voting_s": periods.voting_s,
        "grace_s": grace_s,
    }
    return _counted(connection, "stuck_markets", values)


def failing(connection: blocking.Connection, times: int) -> Counted:
    """Transitions that failed or expired so often, and nothing has come of them."""
    return _counted(connection, "failing", {"times": times})


def daemons(connection: blocking.Connection) -> dict[str, float]:
    """Seconds of silence by thread of Dagster's daemon; empty where none has ever run."""
    if not _has_dagster(connection):
        return {}
    return {row["name"]: row["silent_s"] for row in _rows(connection, "daemons")}


def ticks(connection: blocking.Connection) -> tuple[Tick, ...]:
    """Every sensor and schedule that is on and has ticked lately."""
    if not _has_dagster(connection):
        return ()
    return tuple(Tick(**row) for row in _rows(connection, "ticks"))


def keeper_silent_s(connection: blocking.Connection) -> float | None:
    """Seconds since any keeper spoke to the database; None = none is connected."""
    silent: float | None = _rows(connection, "keeper")[0]["silent_s"]
    return silent


def fold_lag_s(connection: blocking.Connection) -> float:
    """Age of the oldest event or ballot that no mart has; 0 = the fold is up to date."""
    return float(_rows(connection, "fold_lag")[0]["lag_s"])


def gaps(connection: blocking.Connection, limit_s: float) -> Counted:
    """Ranges of slots that have been incomplete for longer."""
    return _counted(connection, "open_gaps", {"limit_s": limit_s})


def ledger_silent_s(connection: blocking.Connection) -> float | None:
    """Seconds since the completeness ledger looked; None = it has never begun."""
    silent: float | None = _rows(connection, "ledger")[0]["silent_s"]
    return silent


def checked(connection: blocking.Connection) -> tuple[Tick, ...]:
    """Every suite that was judged lately, and how long ago."""
    return tuple(Tick(**row) for row in _rows(connection, "checked"))


def success(connection: blocking.Connection) -> tuple[Success, ...]:
    """The success rate's windows, as the mart has them."""
    return tuple(Success(**row) for row in _rows(connection, "success"))


def trends(connection: blocking.Connection) -> tuple[Trend, ...]:
    """What the keeper did, by action."""
    return tuple(
        Trend(**{**row, "failures": _summed(row["failures"])}) for row in _rows(connection, "days")
    )


def read(
    connection: blocking.Connection,
    *,
    periods: Periods | None,
    now: int,
    grace_s: int,
    times: int,
    gap_s: float,
    checked: Callable[[blocking.Connection], tuple[Tick, ...]],
    success: Callable[[blocking.Connection], tuple[Success, ...]],
    trends: Callable[[blocking.Connection], tuple[Trend, ...]],
) -> Facts:
    """All of it at once; ``periods`` None = the chain did not answer.

    ``checked``, ``success`` and ``trends`` read the history at length: whoever looks often keeps
    what they said.
    """
    return Facts(
        stuck=None if periods is None else stuck(connection, periods, now=now, grace_s=grace_s),
        failing=failing(connection, times),
        daemons=daemons(connection),
        ticks=ticks(connection),
        keeper_silent_s=keeper_silent_s(connection),
        success=success(connection),
        trends=trends(connection),
        fold_lag_s=fold_lag_s(connection),
        gaps=gaps(connection, gap_s),
        ledger_silent_s=ledger_silent_s(connection),
        checked=checked(connection),
    )


def _summed(by_day: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    summed: Counter[str] = Counter()
    for day in by_day.values():
        summed.update(day)
    return dict(summed)


def _counted(connection: blocking.Connection, name: str, values: Mapping[str, Any]) -> Counted:
    found = _rows(connection, name, {**values, "at_most": SAMPLE})
    total = found[0]["total"] if found else 0
    sample = tuple({k: v for k, v in row.items() if k != "total"} for row in found)
    return Counted(total, sample)


def _has_dagster(connection: blocking.Connection) -> bool:
    return bool(_rows(connection, "has_dagster")[0]["has_dagster"])


def _rows(
    connection: blocking.Connection, name: str, values: Mapping[str, Any] | None = None
) -> list[blocking.Row]:
    return blocking.rows(connection, blocking.read_sql(SQL, name), values)
