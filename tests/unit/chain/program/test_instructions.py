"""The 18 builders: the right bytes, the right accounts in the right order, the right flags."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from solders.instruction import Instruction

from chain.codec import InvalidValue
from chain.program import addresses, instructions
from tests.unit.chain.stories import ALICE, BOB, FEES, MARKET, MARKET_ID, PROGRAM_ID, codec, program

NAMES = [ix.name for ix in codec.idl.instructions]
VALUES: dict[str, Any] = {
    "market_id": MARKET_ID,
    "market": MARKET,
    "b_parameter": 10**11,
    "initial_liquidity": 10**11,
    "ipfs_question_hash": "01" * 46,
    "ipfs_evidence_hash": "02" * 46,
    "outcome": True,
    "vote": True,
    "target_cost": 10**9,
    "shares_to_sell": 10**9,
    "min_proceeds": 5,
    "likes": 7,
    "dislikes": 3,
    "agrees": 7,
    "disagrees": 3,
    "dispute_agree": 6,
    "dispute_disagree": 4,
    "protocol_fee_wallet": FEES,
    "resolver": BOB,
}


def built(name: str, **other: Any) -> Instruction:
    builder: Callable[..., Instruction] = getattr(instructions, name)
    wanted = list(inspect.signature(builder).parameters)[1:]
    numbers = {
        key: 100 for key in wanted if key.endswith(("_bps", "_threshold", "_delay", "_period"))
    }
    values = {key: VALUES.get(key, numbers.get(key, ALICE)) for key in wanted}
    return builder(program, **{**values, **other})


@pytest.mark.parametrize("name", NAMES)
def test_every_instruction_has_a_builder_whose_bytes_and_accounts_are_the_interfaces(
    name: str,
) -> None:
    instruction = built(name)
    definition = codec.instructions[name]

    assert codec.decode_instruction(instruction.data).name == name
    assert str(instruction.program_id) == PROGRAM_ID
    assert [(meta.is_signer, meta.is_writable) for meta in instruction.accounts] == [
        (meta.signer, meta.writable) for meta in definition.accounts
    ]


@pytest.mark.parametrize("name", NAMES)
def test_accounts_stand_where_the_interface_names_them(name: str) -> None:
    """The order differs between instructions: config first in trading, market first in voting."""
    named = {
        meta.name: str(account.pubkey)
        for meta, account in zip(
            codec.instructions[name].accounts, built(name).accounts, strict=True
        )
    }
    expected = {
        "global_config": addresses.global_config_address(PROGRAM_ID),
        "market": MARKET,
        "system_program": addresses.SYSTEM_PROGRAM,
        "protocol_fee_wallet": FEES,
        "position": addresses.position_address(PROGRAM_ID, MARKET, ALICE),
    }

    for account, address in expected.items():
        if account in named:
            assert named[account] == address


def test_a_finalization_without_a_dispute_carries_no_counts() -> None:
    instruction = instructions.finalize_market(program, market=MARKET, backend_authority=ALICE)

    assert codec.decode_instruction(instruction.data).fields == {
        "dispute_agree": None,
        "dispute_disagree": None,
    }


def test_the_two_votes_have_records_of_their_own() -> None:
    proposal, dispute = built("submit_proposal_vote"), built("submit_dispute_vote")

    assert proposal.accounts[1].pubkey != dispute.accounts[1].pubkey


def test_an_argument_that_does_not_fit_is_refused_before_anything_is_signed() -> None:
    with pytest.raises(InvalidValue):
        built("buy_shares", target_cost=2**64)


def test_an_account_that_cannot_be_derived_must_be_given() -> None:
    with pytest.raises(KeyError, match="market"):
        instructions.build(program, "approve_proposal", {"admin": ALICE})
