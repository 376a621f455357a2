"""Opening, watching and moving intents. Each call is one statement on the caller's transaction."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from oddsline import blocking

SQL = Path(__file__).with_name("sql")

#: The states an intent can rest in: nothing more happens by itself.
ENDED = frozenset({"done", "failed", "dead", "cancelled", "held"})


@dataclass(frozen=True)
class NewIntent:
    """What is wanted; ``role`` names the signer, ``due_at`` when it became due (chain time)."""

    idempotency_key: str
    market_id: str
    market_address: str
    action: str
    round: str
    args: dict[str, Any]
    role: str
    due_at: datetime


@dataclass(frozen=True)
class Intent:
    """An intent as it stands now."""

    id: int
    idempotency_key: str
    market_id: str | None
    market_address: str | None
    action: str
    state: str
    attempts: int
    signature: str | None
    landed_slot: int | None
    error_name: str | None
    error_class: str | None
    error_detail: str | None
    hold_reason: str | None
    due_at: datetime | None
    signed_at: datetime | None
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def failure(self) -> str:
        """Why it failed, in words."""
        told = ": ".join(part for part in (self.error_name, self.error_detail) if part)
        return told or "failed without a reason"


def open_intents(
    connection: blocking.Connection, wanted: Iterable[NewIntent], run_id: str | None
) -> list[int]:
    """Open what is not yet there; the ids of all, new or known."""
    listed = [asdict(intent) | {"due_at": intent.due_at.isoformat()} for intent in wanted]
    values = {"intents": blocking.Json(listed), "run_id": run_id}
    found = blocking.rows(connection, blocking.read_sql(SQL, "open_intents"), values)
    return [row["id"] for row in found]


def read(connection: blocking.Connection, ids: Collection[int]) -> list[Intent]:
    """The intents as they stand now, by id."""
    found = blocking.rows(connection, blocking.read_sql(SQL, "intents_by_id"), {"ids": list(ids)})
    return [Intent(**row) for row in found]


def reopen(connection: blocking.Connection, ids: Collection[int], reason: str) -> list[int]:
    """Failed or dead -> open: the keeper takes them up again. The ids that moved."""
    return _move(connection, ids, before=("failed", "dead"), after="open", reason=reason)


def bury(connection: blocking.Connection, ids: Collection[int], reason: str) -> list[int]:
    """Failed -> dead: from now on the dead-letter queue decides. The ids that moved."""
    return _move(connection, ids, before=("failed",), after="dead", reason=reason)


def hold(connection: blocking.Connection, ids: Collection[int], reason: str) -> list[int]:
    """Open -> held: no keeper takes it before its release. The ids that moved."""
    return _move(connection, ids, before=("open",), after="held", reason=reason)


def release(connection: blocking.Connection, ids: Collection[int], reason: str) -> list[int]:
    """Held -> open. The ids that moved."""
    return _move(connection, ids, before=("held",), after="open", reason=reason)


def _move(
    connection: blocking.Connection,
    ids: Collection[int],
    *,
    before: tuple[str, ...],
    after: str,
    reason: str,
) -> list[int]:
    values = {"ids": list(ids), "before": list(before), "after": after, "reason": reason}
    moved = blocking.rows(connection, blocking.read_sql(SQL, "move_intents"), values)
    return [row["id"] for row in moved]
