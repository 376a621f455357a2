"""An operator's decision where votes have decided nothing: a dispute that twice had no quorum.

The program has no honest end for it: without votes it answers 6024, and its own aggregation voids
the market. So a person says what is sent, the memo names that person's choice beside the real
count, and the API shows both.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import asyncpg

from oddsline import blocking, postgres
from oddsline.commands import CommandError
from orchestration.chain_view import ChainView, Moment
from orchestration.intents import intents
from orchestration.intents.intents import NewIntent
from orchestration.monitor import held
from orchestration.monitor.due import FINALIZE
from orchestration.settings import OrchestrationSettings
from orchestration.voting import counting, second_count, watch
from orchestration.voting.counting import Counted
from votes import aggregate
from votes.aggregate import Carried, Question
from votes.decision import Decision
from votes.tally import Tally


class Choice(StrEnum):
    """What an operator may say."""

    AS_VOTED = "as-voted"  # what votes there are decide, without a quorum
    KEEP_OUTCOME = "keep-outcome"  # the proposed outcome stands


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was decided, and the intent that carries it."""

    intent: int
    standing: Carried
    tally: Tally


def numbers(choice: Choice, counted: Tally, threshold_bps: int) -> tuple[int, int]:
    """What is sent, in favour and against. Pure.

    The count itself wherever it says what the operator says; else the least that the program
    takes for it: one vote against.

    Raises:
        CommandError: there are no votes to decide as voted.
    """
    own = (counted.in_favour, counted.against)
    if choice is Choice.AS_VOTED:
        if not counted.voters:
            raise CommandError("nobody voted: --keep-outcome is the only decision there is")
        return own
    return own if counted.voters and counted.favour_bps < threshold_bps else (0, 1)


def resolve(
    settings: OrchestrationSettings, market_id: str, choice: Choice, *, by: str
) -> Resolved:
    """Decide a dispute for the keeper to carry out.

    Raises:
        CommandError: there is nothing for an operator to decide, or the recount disagrees.
        RpcError: the node did not answer; nothing was written.
    """
    moment = ChainView(settings.chain_url, settings.program_id).moment()
    with blocking.session(settings.database_url, name="disputes") as connection:
        if any(row["market_id"] == market_id for row in held.listed(connection)):
            raise CommandError("the market is held: `oddsline monitor release` first")
    one, standing = asyncio.run(_decide(settings, market_id, choice, moment))
    with blocking.session(settings.database_url, name="disputes") as connection:
        (intent,) = intents.open_intents(connection, [_intent(one, standing)], f"operator:{by}")
        watch.undecided(connection)
    return Resolved(intent, standing, one.tally)


async def _decide(
    settings: OrchestrationSettings, market_id: str, choice: Choice, moment: Moment
) -> tuple[Counted, Carried]:
    connection = await postgres.connect(settings.database_url, name="disputes")
    try:
        question = await _question(connection, market_id)
        (one,) = await counting.count(connection, settings, [question], moment)
        standing = await aggregate.carried(connection, question)
        if standing is None:
            await _record(connection, settings, one, choice)
            standing = await aggregate.carried(connection, question)
    finally:
        await connection.close()
    if standing is None or standing.decided_by != f"operator:{choice}":
        who = "nobody" if standing is None else standing.decided_by
        raise CommandError(f"this dispute was decided before, by {who}")
    return one, standing


async def _record(
    connection: asyncpg.Connection, settings: OrchestrationSettings, one: Counted, choice: Choice
) -> None:
    if one.ruling.decision != Decision.MANUAL_REVIEW:
        raise CommandError(f"its votes decide it, not an operator: it is {one.ruling.decision}")
    sent = numbers(choice, one.tally, one.ruling.threshold_bps)
    if differs := await second_count.differs(connection, one.question, one.memo, settings):
        raise CommandError(f"the recount disagrees, nothing is sent: {differs}")
    upheld = sent[0] * 10_000 // sum(sent) >= one.ruling.threshold_bps
    ruling = replace(
        one.ruling,
        decision=Decision.UPHELD if upheld else Decision.REJECTED,
        decided_by=f"operator:{choice}",
        sent=sent,
        carried=True,
    )
    memo = replace(one.memo, decided=ruling.decided_by)
    await aggregate.record(connection, one.tally, memo, ruling)


async def _question(connection: asyncpg.Connection, market_id: str) -> Question:
    for question in await aggregate.open_questions(connection):
        if question.market_id == market_id and question.kind == "dispute":
            return question
    raise CommandError(f"market {market_id} is not disputed")


def _intent(one: Counted, standing: Carried) -> NewIntent:
    question = one.question
    return NewIntent(
        idempotency_key=f"{question.market_address}:{FINALIZE}:{question.round}",
        market_id=question.market_id,
        market_address=question.market_address,
        action=FINALIZE,
        round=question.round,
        args={
            "dispute_agree": standing.in_favour,
            "dispute_disagree": standing.against,
            "memo": standing.memo,
        },
        role="backend",
        due_at=datetime.fromtimestamp(one.memo.chain_until, UTC),
    )
