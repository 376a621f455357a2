"""Which events of a transaction hold, after all that was said about it; pure."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

#: A row of raw.events as JSON.
EventJson = dict[str, Any]
Key = tuple[Any, ...]

KEY_FIELDS = ("program_id", "outer", "inner_path", "kind", "ordinal")

#: What differs between two landings of the same event and says nothing about it.
_CIRCUMSTANCES = ("seq", "received_at")


class Word(NamedTuple):
    """A row of raw.revisions about one transaction."""

    kind: str  # retract, replace, restore, redecode, position
    event_key: EventJson | None  # None = every event of the transaction
    row_after: EventJson | None  # None = the event is no more


def key_of(row: EventJson) -> Key:
    """An event's place within its transaction."""
    return tuple(row[name] for name in KEY_FIELDS)


def key_json(row: EventJson) -> EventJson:
    """The same as raw.revisions stores it."""
    return {name: row[name] for name in KEY_FIELDS}


def effective(landed: Iterable[EventJson], words: Iterable[Word]) -> dict[Key, EventJson]:
    """The events that hold, whatever was said of the transaction as a whole.

    Retraction and restoration concern where the transaction stands, not what it says; so they
    are left out here, and what a restored transaction says is what it said before.

    Args:
        landed: the transaction's rows of raw.events.
        words: its revisions in sequence order.
    """
    rows = {key_of(row): row for row in landed}
    for word in words:
        if word.kind in ("retract", "replace", "restore") or word.event_key is None:
            continue
        key = key_of(word.event_key)
        if word.row_after is None:
            rows.pop(key, None)
        else:
            rows[key] = word.row_after
    return rows


class Change(NamedTuple):
    """One event that a new reading gives otherwise; `before` or `after` None = not there."""

    before: EventJson | None
    after: EventJson | None

    @property
    def event(self) -> EventJson:
        """Whichever of the two is there, to name the event by."""
        event = self.after if self.after is not None else self.before
        assert event is not None
        return event


def differences(before: dict[Key, EventJson], after: Sequence[EventJson]) -> list[Change]:
    """What a new reading of a transaction changes."""
    new = {key_of(row): row for row in after}
    gone = [Change(row, None) for key, row in before.items() if key not in new]
    changed = [
        Change(before.get(key), row)
        for key, row in new.items()
        if key not in before or _said(before[key]) != _said(row)
    ]
    return gone + changed


def _said(row: EventJson) -> EventJson:
    return {name: value for name, value in row.items() if name not in _CIRCUMSTANCES}
