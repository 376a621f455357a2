"""Markets, their trades, candles, transitions and positions."""

from typing import Literal

from api.models.base import Address, Amount, Document, MarketId, Signature, Time

State = Literal["PROPOSED", "APPROVED", "ACTIVE", "RESOLVING", "DISPUTED", "FINALIZED", "CANCELLED"]
Outcome = Literal["YES", "NO", "INVALID"]
Side = Literal["buy", "sell"]
Interval = Literal["1m", "5m", "1h", "1d"]


class Market(Document):
    """One market as its events left it."""

    market_id: MarketId
    market_address: Address
    creator: Address | None
    state: State | None
    b_parameter: Amount | None
    initial_liquidity: Amount | None
    shares_yes: Amount
    shares_no: Amount
    price_yes: Amount | None
    price_no: Amount | None
    volume: Amount
    volume_gross: Amount
    trade_count: int
    proposal_likes: int | None
    proposal_dislikes: int | None
    dispute_agree: int | None
    dispute_disagree: int | None
    proposed_outcome: Outcome | None
    final_outcome: Outcome | None
    was_disputed: bool | None
    resolver: Address | None
    created_at: Time | None
    approved_at: Time | None
    activated_at: Time | None
    resolution_proposed_at: Time | None
    dispute_initiated_at: Time | None
    finalized_at: Time | None
    cancelled_at: Time | None
    last_trade_at: Time | None
    last_slot: int


class Trade(Document):
    """One trade; the market maker's side is the market's address."""

    trade_id: str
    market_id: MarketId
    market_address: Address
    wallet: Address
    buyer: Address
    seller: Address
    side: Side
    outcome: Literal["YES", "NO"]
    shares: Amount
    amount: Amount
    gross: Amount | None
    fee: Amount | None
    price_yes: Amount
    traded_at: Time
    slot: int
    tx_index: int | None
    signature: Signature


class Position(Document):
    """What a wallet holds in a market and what it paid and got."""

    market_id: MarketId
    market_address: Address
    wallet: Address
    shares_yes: Amount
    shares_no: Amount
    invested: Amount
    proceeds: Amount
    claimed: Amount
    trade_count: int
    first_trade_at: Time | None
    last_trade_at: Time | None


class Candle(Document):
    """YES prices of one bucket; `filled` marks a bucket without trades."""

    market_id: MarketId
    interval: Interval
    bucket: Time
    open: Amount
    high: Amount
    low: Amount
    close: Amount
    volume: Amount
    trade_count: int
    filled: bool


class Transition(Document):
    """One step of a market's life."""

    market_id: MarketId
    from_state: State | None
    to_state: State
    event: str
    actor: Address | None
    signature: Signature
    at: Time
    slot: int
