"""Votes on proposals and disputes."""

from typing import Literal

from api.models.base import Document, MarketId, Time
from api.models.markets import State

Kind = Literal["proposal", "dispute"]


class Sent(Document):
    """The two numbers that the chain was told."""

    in_favour: int
    against: int


class Decided(Document):
    """The count that was made last in this round, or the one that was carried to the chain.

    `sent` is what the chain was told: the count itself where the tally decided. Where an operator
    decided (`decided_by` says how) it differs from the count, since the program has no other way
    to be told; null while nothing was sent.
    """

    decision: str
    decided_by: str
    in_favour: int
    against: int
    sent: Sent | None
    threshold_bps: int
    quorum: int
    eligibility: str
    counted_root: str
    rejected_root: str
    rejected: int
    cutoff_seq: int
    chain_until: Time
    memo: str | None
    computed_at: Time


class Tally(Document):
    """A vote as it stands: each wallet's last ballot counts once, wherever it was cast.

    `threshold_bps` is that of the program's configuration in force; `quorum` and `eligibility` are
    this deployment's rules.
    """

    market_id: MarketId
    kind: Kind
    state: State | None
    round: str | None
    in_favour: int
    against: int
    onchain: int
    offchain: int
    threshold_bps: int | None
    quorum: int
    eligibility: str
    reached: bool
    aggregated_in_favour: int | None
    aggregated_against: int | None
    decided: Decided | None
