"""The four accounts, byte for byte as the interface places them."""

import struct
from typing import Any

import pytest

from chain.codec import CodecError, ShortData, UnknownDiscriminator
from chain.program.accounts import (
    MARKET_CREATOR_OFFSET,
    MARKET_STATE_OFFSET,
    GlobalConfig,
    MarketAccount,
    UserPosition,
    VoteRecord,
    read_account,
    read_account_as,
)
from chain.program.states import State
from tests.unit.chain.stories import ALICE, BOB, FEES, MARKET, MARKET_ID, codec, program

MARKET_FIELDS: dict[str, Any] = {
    "market_id": MARKET_ID,
    "creator": ALICE,
    "state": 4,
    "b_parameter": 1,
    "initial_liquidity": 2,
    "current_liquidity": 3,
    "shares_yes": 4,
    "shares_no": 5,
    "total_volume": 6,
    "created_at": 7,
    "approved_at": 8,
    "activated_at": 9,
    "resolution_proposed_at": 10,
    "resolved_at": 11,
    "finalized_at": 12,
    "resolver": BOB,
    "proposed_outcome": True,
    "final_outcome": None,
    "ipfs_evidence_hash": "ee" * 46,
    "dispute_initiated_at": 13,
    "dispute_initiator": ALICE,
    "accumulated_protocol_fees": 14,
    "accumulated_resolver_fees": 15,
    "accumulated_lp_fees": 16,
    "proposal_likes": 17,
    "proposal_dislikes": 18,
    "proposal_total_votes": 19,
    "resolution_agree": 0,
    "resolution_disagree": 0,
    "resolution_total_votes": 0,
    "dispute_agree": 20,
    "dispute_disagree": 21,
    "dispute_total_votes": 22,
    "was_disputed": True,
    "is_cancelled": False,
    "cancelled_at": None,
    "is_locked": False,
    "reserved": "00" * 119,
    "bump": 255,
}


def market(**changes: Any) -> bytes:
    return codec.encode_account("MarketAccount", {**MARKET_FIELDS, **changes})


def test_a_market_is_read_field_by_field() -> None:
    account = read_account_as(program, market(), MarketAccount)

    assert account.state is State.DISPUTED
    assert (account.market_id, account.creator, account.resolver) == (MARKET_ID, ALICE, BOB)
    assert (account.shares_yes, account.shares_no, account.total_volume) == (4, 5, 6)
    assert (account.proposed_outcome, account.final_outcome) == (True, None)
    assert (account.dispute_agree, account.dispute_disagree) == (20, 21)


OPTIONS = [
    ({"proposed_outcome": None, "final_outcome": None, "cancelled_at": None}, 473),
    ({"proposed_outcome": True, "final_outcome": None, "cancelled_at": None}, 474),
    ({"proposed_outcome": True, "final_outcome": False, "cancelled_at": 99}, 483),
]


@pytest.mark.parametrize(("options", "size"), OPTIONS)
def test_options_move_what_follows_and_stale_bytes_stay_behind(
    options: dict[str, Any], size: int
) -> None:
    """473 to 483 bytes in use of 488: the rest is what an earlier, longer state left."""
    data = market(**options)

    assert len(data) == size
    account = read_account_as(program, data + b"\xff" * (488 - size), MarketAccount)
    assert account.proposal_total_votes == 19
    assert account.cancelled_at == options["cancelled_at"]


def test_the_offsets_for_filters_point_at_creator_and_state() -> None:
    data = market()

    assert data[MARKET_STATE_OFFSET] == 4
    assert data[MARKET_CREATOR_OFFSET : MARKET_CREATOR_OFFSET + 32] == data[40:72]
    assert struct.unpack_from("<Q", data, 113)[0] == MARKET_FIELDS["total_volume"]


def test_a_config_is_read_at_its_published_offsets() -> None:
    fields = {
        "admin": ALICE,
        "backend_authority": BOB,
        "protocol_fee_wallet": FEES,
        "protocol_fee_bps": 300,
        "resolver_reward_bps": 200,
        "liquidity_provider_fee_bps": 500,
        "proposal_approval_threshold": 7000,
        "dispute_success_threshold": 6000,
        "min_resolution_delay": 86_400,
        "dispute_period": 259_200,
        "min_resolver_reputation": 0,
        "is_paused": True,
        "reserved": "00" * 64,
        "bump": 254,
    }
    data = codec.encode_account("GlobalConfig", fields)

    assert len(data) == 198
    assert struct.unpack_from("<qq", data, 114) == (86_400, 259_200)
    config = read_account_as(program, data + bytes(8), GlobalConfig)
    assert (config.admin, config.dispute_period, config.is_paused) == (ALICE, 259_200, True)


def test_a_position_is_read_at_its_published_size() -> None:
    fields = {
        "market": MARKET,
        "user": ALICE,
        "shares_yes": 1,
        "shares_no": 2,
        "total_invested": 3,
        "trades_count": 4,
        "last_trade_at": 5,
        "has_claimed": True,
        "claimed_amount": 6,
        "reserved": "00" * 64,
        "bump": 1,
    }
    data = codec.encode_account("UserPosition", fields)

    assert len(data) == 182
    position = read_account_as(program, data, UserPosition)
    assert (position.shares_yes, position.total_invested, position.claimed_amount) == (1, 3, 6)


def test_a_vote_record_is_read() -> None:
    fields = {
        "market": MARKET,
        "user": ALICE,
        "vote_type": 1,
        "vote": False,
        "voted_at": 5,
        "bump": 1,
    }

    record = read_account(program, codec.encode_account("VoteRecord", fields))

    assert record == VoteRecord(MARKET, ALICE, 1, vote=False, voted_at=5)


def test_an_account_of_another_kind_is_refused() -> None:
    with pytest.raises(CodecError, match="GlobalConfig is wanted, this is a MarketAccount"):
        read_account_as(program, market(), GlobalConfig)


def test_a_state_beyond_the_table_is_refused() -> None:
    with pytest.raises(CodecError, match="state 7"):
        read_account(program, market(state=7))


@pytest.mark.parametrize("size", [0, 7, 8, 100, 472])
def test_a_truncated_account_is_short(size: int) -> None:
    with pytest.raises((ShortData, UnknownDiscriminator)):
        read_account(program, market()[:size])
