"""Logs cut short: what the instructions tell is derived and said to be, the rest is reported."""

from typing import Any

import pytest

from chain.decode import decode
from chain.program.fee_schedule import FeeSchedule
from chain.rows import CUT, LOST, PARTIAL, Decoded
from tests.unit.chain.stories import (
    ALICE,
    BOB,
    BUDGET,
    MARKET,
    MARKET_ID,
    NOW,
    SIGNATURE,
    TRANSFER,
    Ix,
    bought,
    buy,
    call,
    cancelled,
    data_line,
    key,
    program,
    self_cpi,
    told,
)


def cut(*instructions: Ix, lines: int = 1, **changes: Any) -> Decoded:
    return decode(told(*instructions, cut=lines, **changes), program, FeeSchedule())


def reasons(decoded: Decoded) -> list[str]:
    return [anomaly.reason for anomaly in decoded.anomalies]


def cancel() -> Ix:
    return call("cancel_market", {"market": MARKET, "admin": ALICE}, [data_line(cancelled())])


def test_a_cut_log_is_flagged_and_never_silently_complete() -> None:
    decoded = cut(buy(data_line(bought())))

    assert decoded.transaction.log_truncated
    assert decoded.events == ()
    assert reasons(decoded) == [LOST, CUT]
    assert decoded.anomalies[0].key == f"{SIGNATURE}:0.0.0"
    assert decoded.anomalies[1].key == SIGNATURE
    assert "1 lost" in decoded.anomalies[1].detail


def test_events_before_the_cut_stay_as_logged() -> None:
    first = buy(data_line(bought()))
    decoded = cut(first, buy(data_line(bought())), lines=5)

    assert [(e.outer, e.provenance) for e in decoded.events] == [(0, "log")]
    assert reasons(decoded) == [LOST, CUT]


def test_a_cut_behind_the_last_event_loses_nothing_and_is_still_said() -> None:
    decoded = cut(buy(data_line(bought())), lines=2)

    assert [e.provenance for e in decoded.events] == ["log"]
    assert reasons(decoded) == [CUT]


def test_an_event_by_self_cpi_survives_the_cut() -> None:
    decoded = cut(buy(self_cpi(bought())))

    assert [(e.provenance, e.args["cost"]) for e in decoded.events] == [("cpi", 110)]
    assert reasons(decoded) == [CUT]


def test_a_derived_event_says_so_and_equals_what_the_log_would_have_said() -> None:
    whole = decode(told(cancel()), program, FeeSchedule()).events[0]
    (derived,) = cut(cancel()).events

    assert (derived.kind, derived.provenance) == ("derived", "derived")
    assert derived.args == {k: v for k, v in whole.args.items() if k != "market_id"}
    assert derived.market_address == whole.market_address == MARKET
    assert (derived.name, derived.wallet) == (whole.name, whole.wallet)


def test_a_transaction_without_recorded_logs_is_treated_as_cut() -> None:
    decoded = decode(told(cancel(), logs=None), program, FeeSchedule())

    assert [e.provenance for e in decoded.events] == ["derived"]
    assert reasons(decoded) == [CUT]
    assert "no log recorded" in decoded.anomalies[0].detail


def test_logged_and_derived_events_stand_in_order_of_execution() -> None:
    decoded = cut(buy(data_line(bought())), cancel(), lines=2)

    assert [(e.position, e.kind) for e in decoded.events] == [(0, "log"), (1, "derived")]


FULL: list[tuple[str, dict[str, str], dict[str, Any], str, dict[str, Any]]] = [
    (
        "create_market",
        {"creator": ALICE},
        {
            "market_id": MARKET_ID,
            "b_parameter": 5,
            "initial_liquidity": 6,
            "ipfs_question_hash": "00" * 46,
        },
        "MarketCreated",
        {"market_id": MARKET_ID, "creator": ALICE, "b_parameter": 5, "state": 0},
    ),
    (
        "submit_proposal_vote",
        {"user": ALICE},
        {"vote": True},
        "ProposalVoteSubmitted",
        {"user": ALICE, "vote": True},
    ),
    (
        "submit_dispute_vote",
        {"user": ALICE},
        {"vote": False},
        "DisputeVoteSubmitted",
        {"user": ALICE, "vote": False},
    ),
    ("approve_proposal", {"admin": ALICE}, {}, "ProposalApproved", {"approved_by": ALICE}),
    (
        "resolve_market",
        {"resolver": ALICE},
        {"proposed_outcome": True, "ipfs_evidence_hash": "01" * 46},
        "MarketResolved",
        {"resolver": ALICE, "outcome": True, "evidence_hash": "01" * 46},
    ),
]


@pytest.mark.parametrize(("name", "accounts", "args", "event", "fields"), FULL)
def test_what_the_instruction_tells_whole_is_derived_whole(
    name: str, accounts: dict[str, str], args: dict[str, Any], event: str, fields: dict[str, Any]
) -> None:
    decoded = cut(call(name, {"market": MARKET, **accounts}, **args))

    assert [(e.name, e.args) for e in decoded.events] == [(event, {**fields, "timestamp": NOW})]
    assert reasons(decoded) == [CUT]


PARTLY: list[tuple[str, dict[str, Any], str, dict[str, Any], str]] = [
    (
        "aggregate_proposal_votes",
        {"final_likes": 7, "final_dislikes": 3},
        "ProposalAggregated",
        {"likes": 7, "dislikes": 3, "approval_percentage": 70},
        "approved",
    ),
    (
        "aggregate_proposal_votes",
        {"final_likes": 0, "final_dislikes": 0},
        "ProposalAggregated",
        {"likes": 0, "dislikes": 0, "approval_percentage": 0},
        "approved",
    ),
    (
        "finalize_market",
        {"dispute_agree": 1, "dispute_disagree": 2},
        "MarketFinalized",
        {"was_disputed": True},
        "final_outcome",
    ),
    (
        "finalize_market",
        {"dispute_agree": None, "dispute_disagree": None},
        "MarketFinalized",
        {"was_disputed": False},
        "final_outcome",
    ),
    (
        "aggregate_dispute_votes",
        {"final_agrees": 1, "final_disagrees": 2},
        "DisputeAggregated",
        {"agrees": 1, "disagrees": 2, "agreement_percentage": 33},
        "dispute_succeeded",
    ),
    ("activate_market", {}, "MarketActivated", {}, "creator, initial_liquidity"),
]


@pytest.mark.parametrize(("name", "args", "event", "fields", "missing"), PARTLY)
def test_a_field_that_nobody_tells_is_left_out_and_reported(
    name: str, args: dict[str, Any], event: str, fields: dict[str, Any], missing: str
) -> None:
    decoded = cut(call(name, {"market": MARKET}, **args))

    assert [(e.name, e.args) for e in decoded.events] == [(event, {**fields, "timestamp": NOW})]
    assert reasons(decoded) == [PARTIAL, CUT]
    assert missing in decoded.anomalies[0].detail


def test_a_disputes_initiator_is_told_its_outcome_is_not() -> None:
    decoded = cut(call("initiate_dispute", {"market": MARKET, "initiator": ALICE}))

    assert decoded.events[0].args == {"initiator": ALICE, "timestamp": NOW}
    assert reasons(decoded) == [PARTIAL, CUT]


CONFIG = {
    "protocol_fee_bps": 1,
    "resolver_reward_bps": 2,
    "liquidity_provider_fee_bps": 3,
    "proposal_approval_threshold": 4,
    "dispute_success_threshold": 5,
}


def test_a_configuration_is_whole_when_both_periods_were_given() -> None:
    args: dict[str, Any] = {**CONFIG, "min_resolution_delay": 6, "dispute_period": 7}
    decoded = cut(call("update_global_config", {}, **args))

    assert decoded.events[0].args == {**args, "timestamp": NOW}
    assert reasons(decoded) == [CUT]


def test_a_period_left_as_it_was_is_not_told() -> None:
    args: dict[str, Any] = {**CONFIG, "min_resolution_delay": None, "dispute_period": 7}
    decoded = cut(call("update_global_config", {}, **args))

    assert "min_resolution_delay" not in decoded.events[0].args
    assert reasons(decoded) == [PARTIAL, CUT]


def test_a_toggle_is_lost_since_nobody_says_which_way() -> None:
    assert reasons(cut(call("emergency_pause", {}))) == [LOST, CUT]


def claim(*says: Ix, resolver: str = BOB) -> Ix:
    return call("claim_winnings", {"market": MARKET, "user": ALICE, "resolver": resolver}, says)


def test_a_claims_amount_is_what_the_claimer_gained_and_the_fee_he_paid() -> None:
    decoded = cut(Ix(BUDGET), claim(), lines=4, deltas={ALICE: 700 - 5000})

    (event,) = decoded.events
    assert event.args == {"user": ALICE, "amount": 700, "market": MARKET, "timestamp": NOW}
    assert reasons(decoded) == [PARTIAL, CUT]


def test_a_claim_paid_for_by_somebody_else_counts_no_fee() -> None:
    top = told(claim()).instructions[0]
    keys = (key("payer"), *told(claim()).keys[1:], ALICE)
    accounts = [len(keys) - 1 if at == 0 else at for at in top.accounts]
    payer_pays = told(
        claim(),
        cut=1,
        keys=keys,
        instructions=(type(top)(top.program_id_index, accounts, top.data),),
        pre_balances=(1,) * len(keys),
        post_balances=(1,) * (len(keys) - 1) + (701,),
    )

    decoded = decode(payer_pays, program, FeeSchedule())

    assert decoded.events[0].args["amount"] == 700


UNTELLABLE = [
    [claim(resolver=ALICE)],
    [claim(), claim()],
    [claim(), Ix("11111111111111111111111111111111")],
    [Ix(key("router"), says=[claim()])],
]


@pytest.mark.parametrize("instructions", UNTELLABLE, ids=["resolver", "two", "transfer", "inner"])
def test_an_amount_that_others_may_have_moved_too_is_lost(instructions: list[Ix]) -> None:
    decoded = cut(*instructions, deltas={ALICE: 700})

    assert decoded.events == ()
    assert LOST in reasons(decoded)


def test_a_withdrawal_is_derived_from_its_lamports() -> None:
    ix = call("withdraw_liquidity", {"market": MARKET, "creator": ALICE}, [TRANSFER])
    decoded = cut(ix, deltas={ALICE: 900 - 5000})

    assert decoded.events[0].args == {"creator": ALICE, "amount": 900, "timestamp": NOW}


def test_without_a_block_time_nothing_is_derived() -> None:
    assert cut(cancel(), block_time=None).events == ()


def test_every_instruction_is_derived_or_known_to_be_lost() -> None:
    """A new instruction in the interface fails here until somebody decides."""
    from chain.derive import _RULES

    lost = {"buy_shares", "sell_shares", "emergency_pause"}
    names = {ix.name for ix in program.codec.idl.instructions}
    events = {event.name for event in program.codec.idl.events}

    assert set(_RULES) == names - lost
    assert {rule.event for rule in _RULES.values()} <= events
