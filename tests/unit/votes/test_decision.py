"""Thresholds, quorums and periods decide in integers and at the right moment."""

from datetime import UTC, datetime, timedelta

import pytest

from votes.decision import (
    Decision,
    DisputeRules,
    ProposalRules,
    decide_dispute,
    decide_proposal,
)
from votes.tally import Tally

OPENED = datetime(2026, 11, 24, tzinfo=UTC)
PERIOD = timedelta(hours=48)
MINUTE = timedelta(minutes=1)


def count(in_favour: int, against: int) -> Tally:
    return Tally((), (), in_favour, against, 0)


def proposal(in_favour, against, *, after, at_cutoff=False):
    rules = ProposalRules(7000, min_voters=10, at_cutoff=at_cutoff, voting_period=PERIOD)
    return decide_proposal(count(in_favour, against), rules, opened_at=OPENED, now=OPENED + after)


def dispute(in_favour, against, *, after):
    rules = DisputeRules(6000, quorum=5, voting_period=PERIOD)
    return decide_dispute(count(in_favour, against), rules, opened_at=OPENED, now=OPENED + after)


@pytest.mark.parametrize(
    ("in_favour", "against", "after", "expected"),
    [
        (7, 3, MINUTE, Decision.APPROVED),  # exactly 70 % of exactly 10
        (6, 3, MINUTE, Decision.PENDING),  # one voter short
        (69, 31, MINUTE, Decision.PENDING),  # 69 %
        (69, 31, PERIOD, Decision.REJECTED),
        (0, 0, PERIOD, Decision.REJECTED),
        (70, 30, PERIOD, Decision.APPROVED),  # late, but it passes
    ],
)
def test_a_proposal_passes_with_enough_voters_and_enough_likes(in_favour, against, after, expected):
    assert proposal(in_favour, against, after=after) is expected


def test_at_cutoff_a_passing_proposal_waits_for_the_end_of_its_period():
    assert proposal(9, 1, after=MINUTE, at_cutoff=True) is Decision.PENDING
    assert proposal(9, 1, after=PERIOD, at_cutoff=True) is Decision.APPROVED


@pytest.mark.parametrize(
    ("in_favour", "against", "after", "expected"),
    [
        (5, 0, PERIOD - MINUTE, Decision.PENDING),
        (3, 2, PERIOD, Decision.UPHELD),  # exactly 60 %
        (59, 41, PERIOD, Decision.REJECTED),
        (4, 0, PERIOD, Decision.EXTENDED),
        (4, 0, 2 * PERIOD, Decision.MANUAL_REVIEW),
        (3, 2, 2 * PERIOD, Decision.UPHELD),
    ],
)
def test_a_dispute_is_decided_at_its_end_and_extended_once_without_quorum(
    in_favour, against, after, expected
):
    assert dispute(in_favour, against, after=after) is expected


def test_a_dispute_nobody_voted_on_is_never_decided_by_itself():
    """finalize_market with 0 votes is an error on chain, and no quorum may be 0."""
    rules = DisputeRules(6000, quorum=0, voting_period=PERIOD)

    decision = decide_dispute(count(0, 0), rules, opened_at=OPENED, now=OPENED + 2 * PERIOD)

    assert decision is Decision.MANUAL_REVIEW
