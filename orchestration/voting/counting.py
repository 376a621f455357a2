"""From open votes to what follows from them, at one moment of the chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

from orchestration.chain_view import Moment
from orchestration.settings import OrchestrationSettings
from orchestration.voting import eligibility
from votes import aggregate
from votes.aggregate import Question, Ruling, Until
from votes.decision import (
    Decision,
    DisputeRules,
    ProposalRules,
    decide_dispute,
    decide_proposal,
)
from votes.memo import TallyMemo
from votes.tally import Tally


@dataclass(frozen=True, slots=True)
class Counted:
    """One open vote with its count and what follows from it."""

    question: Question
    tally: Tally
    memo: TallyMemo
    ruling: Ruling


async def count(
    connection: asyncpg.Connection,
    settings: OrchestrationSettings,
    questions: Sequence[Question],
    moment: Moment,
) -> list[Counted]:
    """Count open votes as of a moment of the chain, in the order given.

    What a phase's end decides is counted as of that end, however late it is looked at: a dispute
    as of its period's, and only without a quorum as of the end of its extension.

    Raises:
        RpcError, OSError, asyncpg.PostgresError: something that must be read is away.
    """
    found = await _pass(connection, settings, questions, moment, periods=1)
    undecided = [
        question for question, one in found.items() if one.ruling.decision == Decision.MANUAL_REVIEW
    ]
    return list((found | await _pass(connection, settings, undecided, moment, periods=2)).values())


async def _pass(
    connection: asyncpg.Connection,
    settings: OrchestrationSettings,
    questions: Sequence[Question],
    moment: Moment,
    *,
    periods: int,
) -> dict[Question, Counted]:
    may_vote = eligibility.rule(settings.vote_eligibility, connection, settings.chain_url)
    wanted = {one: until(one, settings, moment.now, periods=periods) for one in questions}
    tallies = await aggregate.count(connection, wanted, eligibility=may_vote)
    return {
        question: judge(question, tally, wanted[question], settings, moment)
        for question, tally in tallies.items()
    }


def until(question: Question, settings: OrchestrationSettings, now: int, *, periods: int) -> Until:
    """Up to where a question is counted at chain time `now`, after so many of its periods."""
    period = settings.proposal_period if question.kind == "proposal" else settings.dispute_period
    end = _unix(question.opened_at + periods * period)
    return Until(min(now, end), over=now >= end)


def judge(
    question: Question,
    tally: Tally,
    counted_until: Until,
    settings: OrchestrationSettings,
    moment: Moment,
) -> Counted:
    """What follows from one count: pure."""
    now, config = datetime.fromtimestamp(moment.now, UTC), moment.config
    if question.kind == "proposal":
        rules = ProposalRules(
            threshold_bps=config.proposal_approval_threshold,
            min_voters=settings.proposal_min_voters,
            at_cutoff=settings.proposal_decision == "at_cutoff",
            voting_period=settings.proposal_period,
        )
        decision = decide_proposal(tally, rules, opened_at=question.opened_at, now=now)
        ruling = Ruling(decision, rules.threshold_bps, rules.min_voters)
    else:
        terms = DisputeRules(
            threshold_bps=config.dispute_success_threshold,
            quorum=settings.dispute_quorum,
            voting_period=settings.dispute_period,
        )
        decision = decide_dispute(tally, terms, opened_at=question.opened_at, now=now)
        ruling = Ruling(decision, terms.threshold_bps, terms.quorum)
    memo = aggregate.memo(
        question, tally, chain_until=counted_until.chain, eligibility=settings.vote_eligibility
    )
    return Counted(question, tally, memo, ruling)


def _unix(time: datetime) -> int:
    """Whole unix seconds: the chain's clock knows no smaller ones."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
