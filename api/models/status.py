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


class SlotRange(Document):
    """A range of slots and what is known about its completeness."""

    program_id: str
    from_slot: int
    to_slot: int
    standing: str
    sources: list[str]
    signatures: int
    reason: str | None
    closed_at: Time | None
