"""How disputes were voted: every ballot and every on-chain vote of their rounds, counted once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from oddsline import postgres
from orchestration.monitor.due import Counts, Market
from orchestration.settings import OrchestrationSettings
from orchestration.voting import eligibility, second_count
from votes import aggregate
from votes.aggregate import Ruling
from votes.decision import Decision, DisputeRules, decide_dispute

DECIDED = frozenset({Decision.UPHELD, Decision.REJECTED})


def tally(
    settings: OrchestrationSettings,
    disputed: Sequence[Market],
    *,
    now: int,
    threshold_bps: int,
) -> dict[str, Counts]:
    """The counts of those disputes that their votes have decided, by market address.

    Votes on chain count until the voting period's end, not until we look. Each count is recorded
    and must be found by the recount too; one that is not stays undecided until both agree.

    Args:
        settings: where ballots, marts and the node are, quorum and period.
        disputed: DISPUTED markets whose voting is over.
        now: chain time, unix seconds.
        threshold_bps: GlobalConfig's dispute_success_threshold.
    """
    if not disputed:
        return {}
    period = timedelta(seconds=settings.dispute_voting_period_s)
    rules = DisputeRules(threshold_bps, settings.dispute_quorum, period)
    return asyncio.run(_tally(settings, disputed, now, rules))


async def _tally(
    settings: OrchestrationSettings, disputed: Sequence[Market], now: int, rules: DisputeRules
) -> dict[str, Counts]:
    decided: dict[str, Counts] = {}
    connection = await postgres.connect(settings.database_url, name="monitor")
    try:
        for market in disputed:
            counts = await _decide(connection, settings, market, now, rules)
            if counts is not None:
                decided[market.market_address] = counts
    finally:
        await connection.close()
    return decided


async def _decide(
    connection: asyncpg.Connection,
    settings: OrchestrationSettings,
    market: Market,
    now: int,
    rules: DisputeRules,
) -> Counts | None:
    question = _question(market)
    until = int((question.opened_at + rules.voting_period).timestamp())
    may_vote = eligibility.rule(settings.vote_eligibility, connection, settings.chain_url)
    counted = (
        await aggregate.count(connection, [question], chain_until=until, eligibility=may_vote)
    )[question]
    decision = decide_dispute(
        counted, rules, opened_at=question.opened_at, now=datetime.fromtimestamp(now, UTC)
    )
    memo = aggregate.memo(
        question, counted, chain_until=until, eligibility=settings.vote_eligibility
    )
    carried = decision in DECIDED and not await second_count.differs(
        connection, question, memo, settings
    )
    ruling = Ruling(decision, rules.threshold_bps, rules.quorum, carried=carried)
    await aggregate.record(connection, counted, memo, ruling)
    return Counts(counted.in_favour, counted.against, memo.text()) if carried else None


def _question(market: Market) -> aggregate.Question:
    return aggregate.Question(
        market_id=market.market_id,
        market_address=market.market_address,
        kind="dispute",
        round=market.round,
        opened_slot=0,
        opened_at=datetime.fromtimestamp(market.dispute_initiated_at, UTC),
    )
