"""The queue itself: letters arrive, are tried again, wait for a person, are resolved.

open -> retrying -> resolved | open (again, later) | manual_review
manual_review -> open (a person replays it) | resolved (a person closes it)
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from oddsline import alerts, blocking
from orchestration.dead_letters.backoff import Schedule, next_retry
from orchestration.intents import intents
from orchestration.intents.intents import Intent

SQL = Path(__file__).with_name("sql")
ALERT_RULE = "dead_letter"


@dataclass(frozen=True)
class Letter:
    """What failed for good, with everything that is needed to try it again."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    reason: str
    class_: str
    status: str
    attempts: int
    next_retry_at: datetime | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    resolution: str | None


def bury(
    connection: blocking.Connection, failed: Sequence[Intent], schedule: Schedule, *, now: datetime
) -> None:
    """Turn failed intents into letters, each scheduled for its first retry, and alert."""
    if not failed:
        return
    letters = [_letter(intent, schedule, now) for intent in failed]
    intents.bury(connection, [intent.id for intent in failed], "retries exhausted")
    values = {"letters": blocking.Json(letters)}
    blocking.run(connection, blocking.read_sql(SQL, "bury_transitions"), values)
    for letter in letters:
        _alert(connection, "transition", letter["key"], letter["reason"], "warning")


def sweep(
    connection: blocking.Connection, schedule: Schedule, *, after_s: float, now: datetime
) -> int:
    """Do what others did not live to do, or gave up.

    Bury what failed and what intake no longer tries, give back letters a run was retrying.

    Args:
        connection: to the line's database.
        schedule: of the letters' retries.
        after_s: seconds after which a run must have done it itself.
        now: wall time.

    Returns:
        How many intents were buried.
    """
    statement = blocking.read_sql(SQL, "orphaned_failures")
    found = blocking.rows(connection, statement, {"after_s": after_s})
    bury(connection, intents.read(connection, [row["id"] for row in found]), schedule, now=now)
    values = {"first_s": schedule.base.total_seconds()}
    blocking.run(connection, blocking.read_sql(SQL, "bury_deliveries"), values)
    statement = blocking.read_sql(SQL, "abandoned_letters")
    left = blocking.rows(connection, statement, {"after_s": after_s})
    _mark(connection, [row["id"] for row in left], before=("retrying",), after="open")
    return len(found)


def settle(connection: blocking.Connection) -> list[int]:
    """Resolve letters whose matter is settled, whoever did it: by the chain, intake or the fold."""
    found = blocking.rows(connection, blocking.read_sql(SQL, "settled_letters"))
    settled: list[int] = []
    for word in sorted({row["resolution"] for row in found}):
        ids = [row["id"] for row in found if row["resolution"] == word]
        settled += resolve(connection, ids, word)
    return settled


def ask(connection: blocking.Connection, at_most: int, rest_s: float = 0) -> list[int]:
    """Letters whose next try has come, longest due first.

    They rest for `rest_s` seconds: whoever looks meanwhile does not ask for them again, and those
    whose run was lost come back after it.
    """
    values = {"at_most": at_most, "rest_s": rest_s}
    found = blocking.rows(connection, blocking.read_sql(SQL, "ask_letters"), values)
    return [row["id"] for row in found]


def read(connection: blocking.Connection, ids: Collection[int]) -> list[Letter]:
    """Letters by id."""
    found = blocking.rows(connection, blocking.read_sql(SQL, "letters_by_id"), {"ids": list(ids)})
    return [as_letter(row) for row in found]


def listed(
    connection: blocking.Connection, *, status: str | None, kind: str | None, at_most: int
) -> list[Letter]:
    """Letters, newest first; a filter that is None lets all through."""
    values = {"status": status, "kind": kind, "at_most": at_most}
    found = blocking.rows(connection, blocking.read_sql(SQL, "list_letters"), values)
    return [as_letter(row) for row in found]


def start(connection: blocking.Connection, ids: Collection[int]) -> list[int]:
    """Open -> retrying. The ids that moved: another run may have been quicker."""
    return _mark(connection, ids, before=("open",), after="retrying")


def resolve(connection: blocking.Connection, ids: Collection[int], resolution: str) -> list[int]:
    """Any -> resolved, and its alert with it. The ids that moved."""
    before = ("open", "retrying", "manual_review")
    moved = _mark(connection, ids, before=before, after="resolved", resolution=resolution)
    for letter in read(connection, moved):
        alerts.resolve(connection, ALERT_RULE, f"{letter.kind}:{letter.key}")
    return moved


def replay(connection: blocking.Connection, ids: Collection[int]) -> list[int]:
    """A person wants another try, now; the count of tries stays. The ids that moved."""
    return _mark(connection, ids, before=("open", "manual_review"), after="open")


def failed_again(
    connection: blocking.Connection,
    letter: Letter,
    reason: str,
    schedule: Schedule,
    *,
    now: datetime,
) -> None:
    """Retrying -> open with the next try's time, or manual_review after the last one."""
    again = next_retry(letter.attempts + 1, schedule, now=now, dice=random.random())  # noqa: S311 jitter
    after = "open" if again else "manual_review"
    _mark(
        connection,
        [letter.id],
        before=("retrying",),
        after=after,
        tried=1,
        next_retry_at=again,
        reason=reason,
    )
    if again is None:
        _alert(connection, letter.kind, letter.key, f"manual review: {reason}", "critical")


def postpone(connection: blocking.Connection, ids: Collection[int], until: datetime) -> list[int]:
    """Retrying -> open: nothing was tried (the keeper was away), so nothing is counted."""
    return _mark(connection, ids, before=("retrying",), after="open", next_retry_at=until)


def as_letter(row: blocking.Row) -> Letter:
    """A row of ops.dead_letters as a value (``class`` is a word of Python's)."""
    return Letter(class_=row["class"], **{name: row[name] for name in row if name != "class"})


def _mark(
    connection: blocking.Connection,
    ids: Collection[int],
    *,
    before: tuple[str, ...],
    after: str,
    tried: int = 0,
    next_retry_at: datetime | None = None,
    reason: str | None = None,
    resolution: str | None = None,
) -> list[int]:
    values = {
        "ids": list(ids),
        "before": list(before),
        "after": after,
        "tried": tried,
        "next_retry_at": next_retry_at,
        "reason": reason,
        "resolution": resolution,
    }
    moved = blocking.rows(connection, blocking.read_sql(SQL, "mark_letters"), values)
    return [row["id"] for row in moved]


def _alert(
    connection: blocking.Connection, kind: str, key: str, reason: str, severity: alerts.Severity
) -> None:
    subject = f"{kind}:{key}"
    summary = f"dead letter {subject}: {reason}"
    alerts.fire(connection, alerts.Alert(ALERT_RULE, subject, severity, summary))


def _letter(intent: Intent, schedule: Schedule, now: datetime) -> dict[str, Any]:
    again = next_retry(0, schedule, now=now, dice=random.random())  # noqa: S311 jitter
    return {
        "key": intent.idempotency_key,
        "payload": {
            "transition_id": intent.id,
            "market_id": intent.market_id,
            "action": intent.action,
            "signature": intent.signature,
        },
        "reason": intent.failure,
        "class": intent.error_class or "Unknown",
        "status": "open" if again else "manual_review",
        "next_retry_at": again.isoformat() if again else None,
    }
