"""The program's accounts as values, byte for byte what the chain holds.

Amounts in lamports or 9-decimal shares, times in Unix seconds (0 = never), outcomes None where
the program has not decided.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

from chain.codec import CodecError
from chain.program.interface import Program
from chain.program.states import State

MARKET_STATE_OFFSET = 72  # for memcmp filters
MARKET_CREATOR_OFFSET = 40
MARKET_SIZE = 488


@dataclass(frozen=True, slots=True)
class GlobalConfig:
    admin: str
    backend_authority: str
    protocol_fee_wallet: str
    protocol_fee_bps: int
    resolver_reward_bps: int
    liquidity_provider_fee_bps: int
    proposal_approval_threshold: int  # basis points
    dispute_success_threshold: int  # basis points
    min_resolution_delay: int  # seconds
    dispute_period: int  # seconds
    min_resolver_reputation: int
    is_paused: bool


@dataclass(frozen=True, slots=True)
class MarketAccount:
    """`shares_*` start at b/1000 that nobody owns; `is_cancelled` is never written: see `state`."""

    market_id: str
    creator: str
    state: State
    b_parameter: int
    initial_liquidity: int
    current_liquidity: int
    shares_yes: int
    shares_no: int
    total_volume: int
    created_at: int
    approved_at: int
    activated_at: int
    resolution_proposed_at: int
    resolved_at: int
    finalized_at: int
    resolver: str
    proposed_outcome: bool | None
    final_outcome: bool | None
    ipfs_evidence_hash: str
    dispute_initiated_at: int
    dispute_initiator: str
    accumulated_protocol_fees: int
    accumulated_resolver_fees: int
    accumulated_lp_fees: int
    proposal_likes: int
    proposal_dislikes: int
    proposal_total_votes: int
    dispute_agree: int
    dispute_disagree: int
    dispute_total_votes: int
    was_disputed: bool
    cancelled_at: int | None


@dataclass(frozen=True, slots=True)
class UserPosition:
    market: str
    user: str
    shares_yes: int
    shares_no: int
    total_invested: int
    trades_count: int
    last_trade_at: int
    has_claimed: bool
    claimed_amount: int


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """`vote_type` 0 = proposal, 1 = dispute."""

    market: str
    user: str
    vote_type: int
    vote: bool
    voted_at: int


AnyAccount = GlobalConfig | MarketAccount | UserPosition | VoteRecord
_T = TypeVar("_T", GlobalConfig, MarketAccount, UserPosition, VoteRecord)
_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (GlobalConfig, MarketAccount, UserPosition, VoteRecord)
}
_NAMES = {name: frozenset(field.name for field in fields(kind)) for name, kind in _KINDS.items()}


def read_account(program: Program, data: bytes) -> AnyAccount:
    """Any account of the program.

    Raises:
        CodecError: it is none, or too short.
    """
    name, values = program.codec.decode_account(data)
    wanted = {key: value for key, value in values.items() if key in _NAMES[name]}
    if name == "MarketAccount":
        wanted["state"] = _state(wanted["state"])
    account: AnyAccount = _KINDS[name](**wanted)
    return account


def read_account_as(program: Program, data: bytes, kind: type[_T]) -> _T:
    """An account that must be of one kind.

    Raises:
        CodecError: it is another, none, or too short.
    """
    account = read_account(program, data)
    if not isinstance(account, kind):
        raise CodecError(f"a {kind.__name__} is wanted, this is a {type(account).__name__}")
    return account


def _state(number: int) -> State:
    try:
        return State(number)
    except ValueError as error:
        raise CodecError(f"market state {number} is not known") from error
