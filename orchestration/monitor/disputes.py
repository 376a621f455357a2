"""How disputes were voted: every ballot and every on-chain vote of their rounds, counted once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg

from oddsline import blocking, postgres
from orchestration.chain_view import Moment
from orchestration.monitor.due import Counts, Market
from orchestration.settings import OrchestrationSettings
from orchestration.voting import counting, second_count, watch
from orchestration.voting.counting import Counted
from votes import aggregate
from votes.aggregate import Question
from votes.decision import Decision

DECIDED = frozenset({Decision.UPHELD, Decision.REJECTED})


def tally(
    settings: OrchestrationSettings, disputed: Sequence[Market], moment: Moment
) -> dict[str, Counts]:
    """The counts of those disputes that are decided, by market address.

    Each count is recorded and must be found by the recount too; one that is not stays undecided
    until both agree. What was decided once, by votes or by an operator, is what is sent.

    Args:
        settings: where ballots, marts and the node are, quorum and period.
        disputed: DISPUTED markets whose voting is over.
        moment: the chain's clock and configuration.
    """
    if not disputed:
        return {}
    decided = asyncio.run(_tally(settings, disputed, moment))
    with blocking.session(settings.database_url, name="monitor") as connection:
        watch.undecided(connection)
    return decided


async def _tally(
    settings: OrchestrationSettings, disputed: Sequence[Market], moment: Moment
) -> dict[str, Counts]:
    decided: dict[str, Counts] = {}
    connection = await postgres.connect(settings.database_url, name="monitor")
    try:
        questions = [question(market) for market in disputed]
        for one in await counting.count(connection, settings, questions, moment):
            counts = await _settle(connection, settings, one)
            if counts is not None:
                decided[one.question.market_address] = counts
    finally:
        await connection.close()
    return decided


async def _settle(
    connection: asyncpg.Connection, settings: OrchestrationSettings, one: Counted
) -> Counts | None:
    standing = await aggregate.carried(connection, one.question)
    if standing is None:
        agreed = one.ruling.decision in DECIDED and not await second_count.differs(
            connection, one.question, one.memo, settings
        )
        ruling = replace(one.ruling, carried=agreed)
        await aggregate.record(connection, one.tally, one.memo, ruling)
        standing = await aggregate.carried(connection, one.question)
    if standing is None:
        return None
    return Counts(standing.in_favour, standing.against, standing.memo)


def question(market: Market) -> Question:
    """A disputed market's account as the question that its voters answer."""
    return Question(
        market_id=market.market_id,
        market_address=market.market_address,
        kind="dispute",
        round=market.round,
        opened_slot=0,
        opened_at=datetime.fromtimestamp(market.dispute_initiated_at, UTC),
    )
