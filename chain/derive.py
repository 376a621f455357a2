"""Events rebuilt from what the instruction says, for transactions whose logs were cut.

Every instruction of the program emits one event. What its arguments, accounts, signer, block time
and lamports tell is taken; a field nobody tells is left out, never guessed. Where the market's id
is not told its address is, by which everything groups. Trades cannot be rebuilt: shares and price
depend on the market's state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from chain.calls import Call
from chain.facts import lamports_gained
from chain.transactions import Transaction


class Derived(NamedTuple):
    """An event's name and known fields; `missing` are those nobody tells (the id apart)."""

    name: str
    args: dict[str, Any]
    missing: tuple[str, ...]


class _Rule(NamedTuple):
    event: str
    fields: Callable[[Call], dict[str, Any]]
    missing: tuple[str, ...] = ()


def _percentage(part: int, other: int) -> int:
    return part * 100 // (part + other) if part + other else 0


def _tally(call: Call, part: str, other: str, percentage: str) -> dict[str, Any]:
    first, second = call.args[f"final_{part}"], call.args[f"final_{other}"]
    return {part: first, other: second, percentage: _percentage(first, second)}


_CONFIG = (
    "protocol_fee_bps",
    "resolver_reward_bps",
    "liquidity_provider_fee_bps",
    "proposal_approval_threshold",
    "dispute_success_threshold",
    "min_resolution_delay",
    "dispute_period",
)


def _voted(call: Call) -> dict[str, Any]:
    return {"user": call.actor, "vote": call.args["vote"]}


_RULES: dict[str, _Rule] = {
    "initialize_global_config": _Rule(
        "GlobalConfigInitialized",
        lambda call: {
            "admin": call.actor,
            "backend_authority": call.args["backend_authority"],
        },
        ("protocol_fee_bps",),
    ),
    "create_market": _Rule(
        "MarketCreated",
        lambda call: {
            "market_id": call.args["market_id"],
            "creator": call.actor,
            "b_parameter": call.args["b_parameter"],
            "state": 0,
        },
    ),
    "submit_proposal_vote": _Rule("ProposalVoteSubmitted", _voted),
    "aggregate_proposal_votes": _Rule(
        "ProposalAggregated",
        lambda call: _tally(call, "likes", "dislikes", "approval_percentage"),
        ("approved",),
    ),
    "approve_proposal": _Rule("ProposalApproved", lambda call: {"approved_by": call.actor}),
    "activate_market": _Rule("MarketActivated", lambda _: {}, ("creator", "initial_liquidity")),
    "resolve_market": _Rule(
        "MarketResolved",
        lambda call: {
            "resolver": call.actor,
            "outcome": call.args["proposed_outcome"],
            "evidence_hash": call.args["ipfs_evidence_hash"],
        },
    ),
    "initiate_dispute": _Rule(
        "DisputeInitiated", lambda call: {"initiator": call.actor}, ("disputed_outcome",)
    ),
    "submit_dispute_vote": _Rule("DisputeVoteSubmitted", _voted),
    "aggregate_dispute_votes": _Rule(
        "DisputeAggregated",
        lambda call: _tally(call, "agrees", "disagrees", "agreement_percentage"),
        ("dispute_succeeded",),
    ),
    "finalize_market": _Rule(
        "MarketFinalized",
        lambda call: {"was_disputed": call.args["dispute_agree"] is not None},
        ("final_outcome",),
    ),
    "claim_winnings": _Rule("WinningsClaimed", lambda call: {"user": call.actor}, ("outcome",)),
    "withdraw_liquidity": _Rule("LiquidityWithdrawn", lambda call: {"creator": call.actor}),
    "update_global_config": _Rule(
        "ConfigUpdated",
        lambda call: {name: call.args[name] for name in _CONFIG if call.args[name] is not None},
    ),
    "cancel_market": _Rule("MarketCancelled", lambda call: {"cancelled_by": call.actor}),
}


def derive(tx: Transaction, call: Call, *, alone: bool) -> Derived | None:
    """The event a call must have emitted; None = it cannot be told.

    `alone` = no other call of the program shares the transaction's balances.
    """
    rule = _RULES.get(call.name)
    if rule is None or tx.block_time is None:
        return None
    args = rule.fields(call)
    missing = rule.missing
    if call.name == "update_global_config":
        missing = tuple(name for name in _CONFIG if name not in args)
    if call.name in {"claim_winnings", "withdraw_liquidity"}:
        amount = _paid_out(tx, call) if alone else None
        if amount is None:
            return None
        args["amount"] = amount
    if call.name == "claim_winnings":
        args["market"] = call.accounts.get("market")
    # The block's time is the clock the program read.
    args["cancelled_at" if call.name == "cancel_market" else "timestamp"] = tx.block_time
    return Derived(rule.event, args, missing)


def _paid_out(tx: Transaction, call: Call) -> int | None:
    """Lamports the signer got from the market, network fee set aside.

    Only in a transaction with this one instruction beside compute budgets: anything else may
    have moved lamports as well. A claim by the resolver mixes the reward in, so it is not told.
    """
    others = {tx.keys[top.program_id_index] for top in tx.instructions} - {
        tx.keys[tx.instructions[call.outer].program_id_index],
        "ComputeBudget111111111111111111111111111111",
    }
    if others or call.inner_path or call.actor is None or tx.fee is None:
        return None
    if call.accounts.get("resolver") == call.actor:
        return None
    gained = lamports_gained(tx, call.actor)
    if gained is None:
        return None
    return gained + (tx.fee if tx.keys[0] == call.actor else 0)
