"""One run of the count: every open vote counted, recorded, and what passed carried to the chain."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from oddsline import blocking, postgres
from orchestration.chain_view import Moment
from orchestration.intents import intents
from orchestration.intents.intents import NewIntent
from orchestration.settings import OrchestrationSettings
from orchestration.voting import eligibility, second_count
from votes import aggregate
from votes.aggregate import Question, Ruling
from votes.decision import (
    Decision,
    DisputeRules,
    ProposalRules,
    decide_dispute,
    decide_proposal,
)
from votes.memo import TallyMemo
from votes.tally import Tally

SQL = Path(__file__).with_name("sql")
APPROVE, AGGREGATE = "approve_proposal", "aggregate_proposal_votes"


@dataclass(frozen=True, slots=True)
class Counted:
    """One open vote with its count and what follows from it."""

    question: Question
    tally: Tally
    memo: TallyMemo
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Told:
    """What a run says about one market."""

    market_id: str
    kind: str
    in_favour: int
    against: int
    decision: str
    detail: str


def count(settings: OrchestrationSettings, moment: Moment) -> list[Counted]:
    """Count every open vote at one moment of the chain.

    Raises:
        RpcError, OSError, asyncpg.PostgresError: something that must be read is away.
    """
    return asyncio.run(_count(settings, moment))


async def _count(settings: OrchestrationSettings, moment: Moment) -> list[Counted]:
    connection = await postgres.connect(settings.database_url, name="votes")
    try:
        questions = await aggregate.open_questions(connection)
        may_vote = eligibility.rule(settings.vote_eligibility, connection, settings.chain_url)
        tallies = await aggregate.count(
            connection, questions, chain_until=moment.now, eligibility=may_vote
        )
    finally:
        await connection.close()
    return [judge(question, tally, settings, moment) for question, tally in tallies.items()]


def judge(
    question: Question, tally: Tally, settings: OrchestrationSettings, moment: Moment
) -> Counted:
    """What follows from one count: pure."""
    now, config = datetime.fromtimestamp(moment.now, UTC), moment.config
    if question.kind == "proposal":
        rules = ProposalRules(
            threshold_bps=config.proposal_approval_threshold,
            min_voters=settings.proposal_min_voters,
            at_cutoff=settings.proposal_decision == "at_cutoff",
            voting_period=timedelta(seconds=settings.proposal_voting_period_s),
        )
        decision = decide_proposal(tally, rules, opened_at=question.opened_at, now=now)
        ruling = Ruling(decision, rules.threshold_bps, rules.min_voters)
    else:
        terms = DisputeRules(
            threshold_bps=config.dispute_success_threshold,
            quorum=settings.dispute_quorum,
            voting_period=timedelta(seconds=settings.dispute_voting_period_s),
        )
        decision = decide_dispute(tally, terms, opened_at=question.opened_at, now=now)
        ruling = Ruling(decision, terms.threshold_bps, terms.quorum)
    memo = aggregate.memo(
        question, tally, chain_until=moment.now, eligibility=settings.vote_eligibility
    )
    return Counted(question, tally, memo, ruling)


def settle(
    settings: OrchestrationSettings, counted: Sequence[Counted], run_id: str
) -> tuple[list[int], list[Told]]:
    """Record every count and open an intent for each proposal that passed.

    An approval is opened only when the recount, which reads the chain and the public ballots and
    nothing of ours, finds the same numbers and roots.

    Returns:
        The intents' ids, and what is to be said of each market.
    """
    decided = _decided(settings, counted)
    told: list[Told] = []
    wanted: list[Counted] = []
    for one in counted:
        if one.question.kind == "proposal" and one.ruling.decision == Decision.APPROVED:
            if (one.question.market_id, one.question.round) in decided:
                told.append(_told(one, "its approval is with the keeper"))
                continue
            disagreement = asyncio.run(_second_opinion(settings, one))
            if disagreement:
                told.append(_told(one, f"not sent: {disagreement}"))
                asyncio.run(_record(settings, [one], run_id, carried=False))
                continue
            wanted.append(one)
        else:
            told.append(_told(one, ""))
            if one.question.kind == "proposal":
                asyncio.run(_record(settings, [one], run_id, carried=False))
    # The tally stands before its intent: a run that dies in between is repeated, and the intent's
    # key lets only one approval of a round exist.
    asyncio.run(_record(settings, wanted, run_id, carried=True))
    with blocking.session(settings.database_url, name="votes") as connection:
        ids = intents.open_intents(
            connection, [intent for one in wanted for intent in _intents(settings, one)], run_id
        )
    return ids, told + [_told(one, "sent to the keeper") for one in wanted]


async def _second_opinion(settings: OrchestrationSettings, one: Counted) -> str | None:
    connection = await postgres.connect(settings.database_url, name="votes")
    try:
        return await second_count.differs(connection, one.question, one.memo, settings)
    finally:
        await connection.close()


async def _record(
    settings: OrchestrationSettings, counted: Sequence[Counted], run_id: str, *, carried: bool
) -> None:
    if not counted:
        return
    connection: asyncpg.Connection = await postgres.connect(settings.database_url, name="votes")
    try:
        for one in counted:
            ruling = Ruling(
                one.ruling.decision, one.ruling.threshold_bps, one.ruling.quorum, carried=carried
            )
            await aggregate.record(connection, one.tally, one.memo, ruling, run_id=run_id)
    finally:
        await connection.close()


def _decided(
    settings: OrchestrationSettings, counted: Sequence[Counted]
) -> frozenset[tuple[str, str]]:
    """Markets and rounds whose approval was opened before."""
    values: Mapping[str, Any] = {
        "actions": [APPROVE],
        "markets": [one.question.market_id for one in counted],
    }
    with blocking.session(settings.database_url, name="votes") as connection:
        rows = blocking.rows(connection, blocking.read_sql(SQL, "rounds_with_intents"), values)
    return frozenset((row["market_id"], row["round"]) for row in rows)


def _intents(settings: OrchestrationSettings, one: Counted) -> list[NewIntent]:
    """One intent where every role's key is at hand, else one for each signer, in order.

    An approval that comes before its aggregation has landed fails for now and is tried again.
    """
    counts = {"likes": one.tally.in_favour, "dislikes": one.tally.against}
    memo = {"memo": one.memo.text()}
    if settings.all_keys_at_hand:
        activate = {"activate": True} if settings.proposal_activate else {}
        return [_intent(one, APPROVE, "admin", {**counts, **activate, **memo})]
    return [
        _intent(one, AGGREGATE, "backend", {**counts, **memo}),
        _intent(one, APPROVE, "admin", {}),
    ]


def _intent(one: Counted, action: str, role: str, args: dict[str, Any]) -> NewIntent:
    question = one.question
    return NewIntent(
        idempotency_key=f"{question.market_address}:{action}:{question.round}",
        market_id=question.market_id,
        market_address=question.market_address,
        action=action,
        round=question.round,
        args=args,
        role=role,
        due_at=datetime.fromtimestamp(one.memo.chain_until, UTC),
    )


def _told(one: Counted, detail: str) -> Told:
    return Told(
        one.question.market_id,
        one.question.kind,
        one.tally.in_favour,
        one.tally.against,
        one.ruling.decision,
        detail,
    )
