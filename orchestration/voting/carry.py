"""One run of the count: every open vote counted, recorded, and what passed carried to the chain."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from oddsline import blocking, postgres
from orchestration.chain_view import Moment
from orchestration.intents import intents
from orchestration.intents.intents import NewIntent
from orchestration.settings import OrchestrationSettings
from orchestration.voting import counting, second_count
from orchestration.voting.counting import Counted
from votes import aggregate
from votes.decision import Decision

SQL = Path(__file__).with_name("sql")
APPROVE, AGGREGATE = "approve_proposal", "aggregate_proposal_votes"


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
        return await counting.count(connection, settings, questions, moment)
    finally:
        await connection.close()


def settle(
    settings: OrchestrationSettings, counted: Sequence[Counted], run_id: str
) -> tuple[list[int], list[Told]]:
    """Record every count and open an intent for each proposal that passed.

    An approval is opened only when the recount, which reads the chain and the public ballots and
    nothing of ours, finds the same numbers and roots. The tally stands before its intent, and the
    intent says what the tally says: a run that dies in between is taken up by the next one, and of
    two runs at once the first to record decides.

    Returns:
        The intents of this run, and what is to be said of each market.
    """
    told = asyncio.run(_record(settings, counted, run_id))
    return open_carried(settings, run_id), told


def open_carried(settings: OrchestrationSettings, run_id: str) -> list[int]:
    """Open the intents of every carried approval that has none; the ids of this run's intents."""
    with blocking.session(settings.database_url, name="votes") as connection:
        found = blocking.rows(connection, blocking.read_sql(SQL, "carried_without_intent"))
        wanted = [intent for row in found for intent in _intents(settings, row)]
        intents.open_intents(connection, wanted, run_id)
        own = blocking.rows(
            connection, blocking.read_sql(SQL, "intents_of_run"), {"run_id": run_id}
        )
    return [row["id"] for row in own]


async def _record(
    settings: OrchestrationSettings, counted: Sequence[Counted], run_id: str
) -> list[Told]:
    connection = await postgres.connect(settings.database_url, name="votes")
    try:
        return [await _record_one(connection, settings, one, run_id) for one in counted]
    finally:
        await connection.close()


async def _record_one(
    connection: asyncpg.Connection, settings: OrchestrationSettings, one: Counted, run_id: str
) -> Told:
    if await aggregate.carried(connection, one.question) is not None:
        return _told(one, "decided before: it is with the keeper")
    passed = one.question.kind == "proposal" and one.ruling.decision == Decision.APPROVED
    differs = None
    if passed:
        differs = await second_count.differs(connection, one.question, one.memo, settings)
    ruling = replace(one.ruling, carried=passed and differs is None)
    await aggregate.record(connection, one.tally, one.memo, ruling, run_id=run_id)
    if differs is not None:
        return _told(one, f"not sent: {differs}")
    return _told(one, "sent to the keeper" if passed else "")


def _intents(settings: OrchestrationSettings, row: blocking.Row) -> list[NewIntent]:
    """One intent where every role's key is at hand, else one for each signer, in order.

    An approval that comes before its aggregation has landed fails for now and is tried again.
    """
    counts = {"likes": row["in_favour"], "dislikes": row["against"]}
    memo = {"memo": row["memo"]}
    if settings.all_keys_at_hand:
        activate = {"activate": True} if settings.proposal_activate else {}
        return [_intent(row, APPROVE, "admin", {**counts, **activate, **memo})]
    return [
        _intent(row, AGGREGATE, "backend", {**counts, **memo}),
        _intent(row, APPROVE, "admin", {}),
    ]


def _intent(row: blocking.Row, action: str, role: str, args: dict[str, Any]) -> NewIntent:
    return NewIntent(
        idempotency_key=f"{row['market_address']}:{action}:{row['round']}",
        market_id=row["market_id"],
        market_address=row["market_address"],
        action=action,
        round=row["round"],
        args=args,
        role=role,
        due_at=datetime.fromtimestamp(row["chain_until"], UTC),
    )


def _told(one: Counted, detail: str) -> Told:
    return Told(
        one.question.market_id,
        one.question.kind,
        one.tally.in_favour,
        one.tally.against,
        str(one.ruling.decision),  # Dagster's metadata takes no enum of ours
        detail,
    )
