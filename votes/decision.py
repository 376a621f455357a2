"""What follows from a tally: integers in, one word out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from votes.tally import Tally


class Decision(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"  # proposal: carry it to the chain
    REJECTED = "rejected"  # proposal below threshold at its end, or dispute turned down
    UPHELD = "upheld"  # dispute: the outcome flips
    EXTENDED = "extended"  # dispute without quorum, first time
    MANUAL_REVIEW = "manual_review"  # dispute without quorum again: an operator decides


@dataclass(frozen=True, slots=True)
class ProposalRules:
    """How proposals are decided; the threshold is GlobalConfig's, the rest are settings."""

    threshold_bps: int
    min_voters: int
    at_cutoff: bool  # decide only when the voting period is over
    voting_period: timedelta


@dataclass(frozen=True, slots=True)
class DisputeRules:
    threshold_bps: int
    quorum: int  # voters
    voting_period: timedelta


def decide_proposal(
    count: Tally, rules: ProposalRules, *, opened_at: datetime, now: datetime
) -> Decision:
    """Approve as soon as enough voters are enough in favour, or at the cut-off.

    Args:
        opened_at: when the proposal was created, chain time.
        now: chain time.
    """
    over = now >= opened_at + rules.voting_period
    passes = count.voters >= rules.min_voters and count.favour_bps >= rules.threshold_bps
    if passes and (over or not rules.at_cutoff):
        return Decision.APPROVED
    return Decision.REJECTED if over else Decision.PENDING


def decide_dispute(
    count: Tally, rules: DisputeRules, *, opened_at: datetime, now: datetime
) -> Decision:
    """Decide at the end of the voting period; without a quorum, once more after another period."""
    if now < opened_at + rules.voting_period:
        return Decision.PENDING
    if count.voters >= max(rules.quorum, 1):
        upheld = count.favour_bps >= rules.threshold_bps
        return Decision.UPHELD if upheld else Decision.REJECTED
    extended_end = opened_at + 2 * rules.voting_period
    return Decision.EXTENDED if now < extended_end else Decision.MANUAL_REVIEW
