"""The messages that wait, and what became of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oddsline import blocking
from orchestration.delivery.words import Message

SQL = Path(__file__).with_name("sql")
#: Messages taken at a time.
BATCH = 200


def waits(connection: blocking.Connection) -> bool:
    """Whether any target may lack a message."""
    return bool(_rows(connection, "waits")[0]["waits"])


def know(connection: blocking.Connection, names: Sequence[str]) -> None:
    """Remember targets; a new one is told of what changes from now on, and of what still waits."""
    _run(connection, "know_targets", {"names": list(names)})


def take(connection: blocking.Connection, name: str) -> list[Message]:
    """What a target lacks, in order; none while it backs off, or another deliverer is at it.

    The target stays ours until the transaction ends, so a deliverer that dies lets go of it.
    """
    if not _rows(connection, "take_target", {"name": name}):
        return []
    found = _rows(connection, "lacking", {"name": name, "at_most": BATCH})
    return [Message(**row) for row in found]


def delivered(connection: blocking.Connection, name: str, messages: Sequence[Message]) -> None:
    """A target has them."""
    _run(connection, "mark_delivered", {"name": name, "ids": [one.id for one in messages]})
    _run(connection, "target_answered", {"name": name})


def failed(
    connection: blocking.Connection, name: str, messages: Sequence[Message], why: str
) -> int:
    """A target did not take them: it is asked again after a pause that grows; failures in a row."""
    _run(
        connection, "mark_failed", {"ids": [one.id for one in messages], "error": f"{name}: {why}"}
    )
    return int(_rows(connection, "target_failed", {"name": name, "error": why})[0]["failures"])


def settle(connection: blocking.Connection, names: Sequence[str]) -> None:
    """Close what every one of today's targets has; with no targets, everything."""
    _run(connection, "settle", {"names": list(names)})


def _rows(
    connection: blocking.Connection, name: str, values: dict[str, Any] | None = None
) -> list[blocking.Row]:
    return blocking.rows(connection, blocking.read_sql(SQL, name), values)


def _run(connection: blocking.Connection, name: str, values: dict[str, Any]) -> None:
    blocking.run(connection, blocking.read_sql(SQL, name), values)
