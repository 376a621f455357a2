"""Builders of the 18 instructions: named arguments in, a solders Instruction out.

Accounts that follow from others are derived; keys are base58. Amounts in lamports or 9-decimal
shares. `market` is the market's address, `market_id` its 64 hex digits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from chain.program import addresses
from chain.program.interface import Program

_VOTE_TYPES = {
    "submit_proposal_vote": addresses.PROPOSAL,
    "submit_dispute_vote": addresses.DISPUTE,
}


def build(
    program: Program, name: str, accounts: Mapping[str, str], args: Mapping[str, Any] | None = None
) -> Instruction:
    """Any instruction by its IDL name; accounts that can be derived need not be given.

    Raises:
        InvalidValue: an argument does not fit.
        UnknownDiscriminator: there is no such instruction.
        KeyError: an account that cannot be derived was not given.
    """
    args = args or {}
    data = program.codec.encode_instruction(name, args)
    known = _derived(program, name, accounts, args)
    metas = [
        AccountMeta(Pubkey.from_string(known[meta.name]), meta.signer, meta.writable)
        for meta in program.codec.instructions[name].accounts
    ]
    return Instruction(Pubkey.from_string(program.program_id), data, metas)


def _derived(
    program: Program, name: str, given: Mapping[str, str], args: Mapping[str, Any]
) -> dict[str, str]:
    program_id = program.program_id
    known = {
        "global_config": addresses.global_config_address(program_id),
        "system_program": addresses.SYSTEM_PROGRAM,
        **given,
    }
    if name == "create_market":
        known.setdefault("market", addresses.market_address(program_id, args["market_id"]))
    if "market" in known and "user" in known:
        market, user = known["market"], known["user"]
        known.setdefault("position", addresses.position_address(program_id, market, user))
        if name in _VOTE_TYPES:
            record = addresses.vote_record_address(program_id, market, user, _VOTE_TYPES[name])
            known.setdefault("vote_record", record)
    return known


def initialize_global_config(
    program: Program, *, admin: str, protocol_fee_wallet: str, backend_authority: str
) -> Instruction:
    accounts = {"admin": admin, "protocol_fee_wallet": protocol_fee_wallet}
    args = {"backend_authority": backend_authority}
    return build(program, "initialize_global_config", accounts, args)


def create_market(
    program: Program,
    *,
    creator: str,
    market_id: str,
    b_parameter: int,
    initial_liquidity: int,
    ipfs_question_hash: str,
) -> Instruction:
    """`ipfs_question_hash`: the 46 bytes as hex."""
    args = {
        "market_id": market_id,
        "b_parameter": b_parameter,
        "initial_liquidity": initial_liquidity,
        "ipfs_question_hash": ipfs_question_hash,
    }
    return build(program, "create_market", {"creator": creator}, args)


def submit_proposal_vote(program: Program, *, market: str, user: str, vote: bool) -> Instruction:
    return build(program, "submit_proposal_vote", {"market": market, "user": user}, {"vote": vote})


def aggregate_proposal_votes(
    program: Program, *, market: str, backend_authority: str, likes: int, dislikes: int
) -> Instruction:
    accounts = {"market": market, "backend_authority": backend_authority}
    args = {"final_likes": likes, "final_dislikes": dislikes}
    return build(program, "aggregate_proposal_votes", accounts, args)


def approve_proposal(program: Program, *, market: str, admin: str) -> Instruction:
    return build(program, "approve_proposal", {"market": market, "admin": admin})


def activate_market(program: Program, *, market: str, authority: str) -> Instruction:
    """`authority`: the admin or the market's creator."""
    return build(program, "activate_market", {"market": market, "authority": authority})


def buy_shares(
    program: Program,
    *,
    market: str,
    user: str,
    protocol_fee_wallet: str,
    outcome: bool,
    target_cost: int,
) -> Instruction:
    """`target_cost`: the most lamports to spend, fees included."""
    accounts = {"market": market, "user": user, "protocol_fee_wallet": protocol_fee_wallet}
    return build(program, "buy_shares", accounts, {"outcome": outcome, "target_cost": target_cost})


def sell_shares(
    program: Program,
    *,
    market: str,
    user: str,
    protocol_fee_wallet: str,
    outcome: bool,
    shares_to_sell: int,
    min_proceeds: int = 0,
) -> Instruction:
    """`min_proceeds`: the fewest lamports to take, fees taken off."""
    accounts = {"market": market, "user": user, "protocol_fee_wallet": protocol_fee_wallet}
    args = {"outcome": outcome, "shares_to_sell": shares_to_sell, "min_proceeds": min_proceeds}
    return build(program, "sell_shares", accounts, args)


def resolve_market(
    program: Program, *, market: str, resolver: str, outcome: bool, ipfs_evidence_hash: str
) -> Instruction:
    """`ipfs_evidence_hash`: the 46 bytes as hex."""
    args = {"proposed_outcome": outcome, "ipfs_evidence_hash": ipfs_evidence_hash}
    return build(program, "resolve_market", {"market": market, "resolver": resolver}, args)


def initiate_dispute(program: Program, *, market: str, initiator: str) -> Instruction:
    return build(program, "initiate_dispute", {"market": market, "initiator": initiator})


def submit_dispute_vote(program: Program, *, market: str, user: str, vote: bool) -> Instruction:
    """`vote`: True agrees with the dispute, that is, wants the outcome flipped."""
    return build(program, "submit_dispute_vote", {"market": market, "user": user}, {"vote": vote})


def finalize_market(
    program: Program,
    *,
    market: str,
    backend_authority: str,
    dispute_agree: int | None = None,
    dispute_disagree: int | None = None,
) -> Instruction:
    """Both counts for a disputed market, neither for one in RESOLVING."""
    accounts = {"market": market, "backend_authority": backend_authority}
    args = {"dispute_agree": dispute_agree, "dispute_disagree": dispute_disagree}
    return build(program, "finalize_market", accounts, args)


def claim_winnings(program: Program, *, market: str, user: str, resolver: str) -> Instruction:
    accounts = {"market": market, "user": user, "resolver": resolver}
    return build(program, "claim_winnings", accounts)


def withdraw_liquidity(program: Program, *, market: str, creator: str) -> Instruction:
    return build(program, "withdraw_liquidity", {"market": market, "creator": creator})


def emergency_pause(program: Program, *, admin: str) -> Instruction:
    """Toggles."""
    return build(program, "emergency_pause", {"admin": admin})


def cancel_market(program: Program, *, market: str, admin: str) -> Instruction:
    return build(program, "cancel_market", {"market": market, "admin": admin})


def update_global_config(
    program: Program,
    *,
    admin: str,
    protocol_fee_bps: int,
    resolver_reward_bps: int,
    liquidity_provider_fee_bps: int,
    proposal_approval_threshold: int,
    dispute_success_threshold: int,
    min_resolution_delay: int | None = None,
    dispute_period: int | None = None,
) -> Instruction:
    """Rates and thresholds in basis points, periods in seconds (None = as they are)."""
    args = {
        "protocol_fee_bps": protocol_fee_bps,
        "resolver_reward_bps": resolver_reward_bps,
        "liquidity_provider_fee_bps": liquidity_provider_fee_bps,
        "proposal_approval_threshold": proposal_approval_threshold,
        "dispute_success_threshold": dispute_success_threshold,
        "min_resolution_delay": min_resolution_delay,
        "dispute_period": dispute_period,
    }
    return build(program, "update_global_config", {"admin": admin}, args)


def aggregate_dispute_votes(
    program: Program, *, market: str, backend_authority: str, agrees: int, disagrees: int
) -> Instruction:
    """For tests of what others may send; the keeper refuses it (program-interface, trap A)."""
    accounts = {"market": market, "backend_authority": backend_authority}
    args = {"final_agrees": agrees, "final_disagrees": disagrees}
    return build(program, "aggregate_dispute_votes", accounts, args)
