"""How the line is."""

from api.models.base import Document, Time


class Status(Document):
    """How far landing and fold are, and whether this process hears of it."""

    epoch: str
    stale: bool
    landed_seq: int
    folded_seq: int
    markets: int
    dead_letters_open: int
    alerts_firing: int
    sockets: int


class Standing(Document):
    """Up to which slot the data of a program is complete, and on whose word."""

    program_id: str
    standing: str
    from_slot: int
    up_to_slot: int | None
    tip_slot: int | None
    lag_slots: int | None
    moved_at: Time | None
    checked_at: Time | None
    error: str | None
    open_gaps: int
    oldest_gap_at: Time | None


class Held(Document):
    """A market that waits for a person; `rule` says which look found it suspicious."""

    market_id: str
    state: str | None
    proposed_outcome: str | None
    rule: str
    reason: str
    held_at: Time


class Success(Document):
    """Transitions with an ending in the window, and those whose last ending was good."""

    window: str
    ended: int
    succeeded: int
    success_percent: float | None
