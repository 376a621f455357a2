"""Votes on proposals and disputes."""

from typing import Literal

from api.models.base import Document, MarketId
from api.models.markets import State

Kind = Literal["proposal", "dispute"]


class Tally(Document):
    """A vote as it stands: each wallet's last ballot counts once, wherever it was cast."""

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
    reached: bool
    aggregated_in_favour: int | None
    aggregated_against: int | None
