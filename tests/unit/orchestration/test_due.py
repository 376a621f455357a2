"""What is due is decided from the account, the configuration in force and the chain's clock."""

import dataclasses

import pytest

from orchestration.monitor.due import (
    ACTIVATE,
    FINALIZE,
    Counts,
    Due,
    Market,
    NotDue,
    Periods,
    decide,
)

PERIODS = Periods(dispute_s=100, voting_s=50)
RESOLVING = Market("aa", "Addr", "RESOLVING", "sig", resolution_proposed_at=1000)
DISPUTED = Market(
    "aa", "Addr", "DISPUTED", "sig", resolution_proposed_at=1000, dispute_initiated_at=1010
)


def test_a_resolving_market_is_finalized_once_its_dispute_period_is_over():
    """The program allows it from resolution_proposed_at + dispute_period on, to the second."""
    assert isinstance(decide(RESOLVING, PERIODS, now=1099), NotDue)

    decision = decide(RESOLVING, PERIODS, now=1100)

    assert isinstance(decision, Due)
    assert decision.action == FINALIZE
    assert decision.due_at == 1100
    assert decision.args == {"dispute_agree": None, "dispute_disagree": None}


def test_a_changed_dispute_period_holds_for_live_markets_at_once():
    """Nothing is remembered with the market: the period in force decides."""
    longer = dataclasses.replace(PERIODS, dispute_s=1000)

    assert isinstance(decide(RESOLVING, PERIODS, now=1500), Due)
    assert isinstance(decide(RESOLVING, longer, now=1500), NotDue)


def test_a_dispute_is_ended_by_its_counts_when_voting_is_over():
    """finalize_market(Some, Some) is the only honest end of a dispute."""
    counts = Counts(agree=7, disagree=3)
    assert isinstance(decide(DISPUTED, PERIODS, now=1059, counts=counts), NotDue)

    decision = decide(DISPUTED, PERIODS, now=1060, counts=counts)

    assert isinstance(decision, Due)
    assert decision.args == {"dispute_agree": 7, "dispute_disagree": 3}


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (None, "not decided"),
        (Counts(0, 0), "nobody voted"),  # the program would answer 6024
    ],
)
def test_a_dispute_without_a_decision_is_left_alone(counts, why):
    """No vote is never turned into a transaction."""
    decision = decide(DISPUTED, PERIODS, now=9999, counts=counts)

    assert isinstance(decision, NotDue)
    assert why in decision.reason


def test_an_approved_market_is_activated_at_once():
    """APPROVED waits for nothing but us."""
    decision = decide(Market("aa", "Addr", "APPROVED", "sig", approved_at=5), PERIODS, now=5)

    assert isinstance(decision, Due)
    assert (decision.action, decision.due_at) == (ACTIVATE, 5)


@pytest.mark.parametrize("state", ["PROPOSED", "ACTIVE", "FINALIZED", "CANCELLED", "UNHEARD OF"])
def test_other_states_have_no_deadline(state):
    """Somebody else moved it, or the mart was behind: nothing is sent."""
    assert isinstance(decide(Market("aa", "Addr", state, "sig"), PERIODS, now=9999), NotDue)


def test_each_round_has_its_own_key():
    """A market disputed twice needs two transactions; one round never gets two."""
    first = decide(RESOLVING, PERIODS, now=2000)
    again = decide(RESOLVING, PERIODS, now=3000)
    second = decide(dataclasses.replace(RESOLVING, round="other"), PERIODS, now=3000)

    assert isinstance(first, Due)
    assert isinstance(again, Due)
    assert isinstance(second, Due)
    assert first.key == again.key != second.key
