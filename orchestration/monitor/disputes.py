"""How disputes were voted: every ballot and every on-chain vote of their rounds, counted once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from oddsline import postgres
from orchestration.monitor.due import Counts, Market
from votes import aggregate
from votes.decision import Decision, DisputeRules, decide_dispute

DECIDED = frozenset({Decision.UPHELD, Decision.REJECTED})


class AnyWallet:
    """Everybody may vote, as was asked for."""

    name = "any"

    async def of(self, wallets: Sequence[str]) -> Mapping[str, bool] | None:  # noqa: ARG002 the interface
        return None


def tally(
    database_url: str,
    disputed: Sequence[Market],
    *,
    now: int,
    quorum: int,
    voting_s: int,
    threshold_bps: int,
) -> dict[str, Counts]:
    """The counts of those disputes that their votes have decided, by market address.

    Votes count until the voting period's end, not until we look: the result must not depend on
    when the monitor ran.

    Args:
        database_url: where ballots and marts are.
        disputed: DISPUTED markets whose voting is over.
        now: chain time, unix seconds.
        quorum: voters without whom nothing is decided.
        voting_s: the voting period in seconds.
        threshold_bps: GlobalConfig's dispute_success_threshold.
    """
    rules = DisputeRules(threshold_bps, quorum, timedelta(seconds=voting_s))
    if not disputed:
        return {}
    return asyncio.run(_tally(database_url, disputed, now, rules))


async def _tally(
    database_url: str, disputed: Sequence[Market], now: int, rules: DisputeRules
) -> dict[str, Counts]:
    decided: dict[str, Counts] = {}
    connection = await postgres.connect(database_url, name="monitor")
    try:
        for market in disputed:
            question = _question(market)
            end = question.opened_at + rules.voting_period
            counted = await aggregate.count(
                connection,
                [question],
                chain_until=int(end.timestamp()),
                eligibility=AnyWallet(),
            )
            ruling = decide_dispute(
                counted[question],
                rules,
                opened_at=question.opened_at,
                now=datetime.fromtimestamp(now, UTC),
            )
            if ruling in DECIDED:
                count = counted[question]
                decided[market.market_address] = Counts(count.in_favour, count.against)
    finally:
        await connection.close()
    return decided


def _question(market: Market) -> aggregate.Question:
    return aggregate.Question(
        market_id=market.market_id,
        market_address=market.market_address,
        kind="dispute",
        round=market.round,
        opened_slot=0,
        opened_at=datetime.fromtimestamp(market.dispute_initiated_at, UTC),
    )
