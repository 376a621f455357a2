"""Reading what decisions need: candidates from the marts, truth from accounts, holds from both."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chain.program.accounts import MarketAccount
from oddsline import blocking
from orchestration.chain_view import ChainView, Moment
from orchestration.monitor import disputes
from orchestration.monitor.due import Due, Market, NotDue, Periods, decide
from orchestration.monitor.holds import Hold, HoldRules, Resolution, hold
from orchestration.monitor.planning import Candidate
from orchestration.settings import OrchestrationSettings

SQL = Path(__file__).with_name("sql")


@dataclass(frozen=True)
class Judged:
    """What the chain says about candidates: due, or why not."""

    due: tuple[Due, ...]
    not_due: tuple[NotDue, ...]


def candidates(
    connection: blocking.Connection,
    periods: Periods,
    *,
    now: int,
    resting: Sequence[str],
    at_most: int,
) -> list[Candidate]:
    """Markets whose phase is over by the marts, oldest first.

    Args:
        connection: to the line's database.
        periods: in force now.
        now: chain time, unix seconds.
        resting: candidates' keys to leave out.
        at_most: how many.
    """
    values = {
        "dispute_s": periods.dispute_s,
        "voting_s": periods.voting_s,
        "now": now,
        "resting": list(resting),
        "at_most": at_most,
    }
    found = blocking.rows(connection, blocking.read_sql(SQL, "candidates"), values)
    fields = ("market_id", "market_address", "state", "action", "round", "released")
    return [Candidate(**{name: row[name] for name in fields}) for row in found]


def judge(
    chain: ChainView,
    wanted: Sequence[Candidate],
    moment: Moment,
    settings: OrchestrationSettings,
) -> Judged:
    """Ask the accounts about each candidate.

    Raises:
        RpcError: the node did not answer.
    """
    accounts = chain.markets([candidate.market_address for candidate in wanted])
    markets = [_market(candidate, accounts.get(candidate.market_address)) for candidate in wanted]
    periods = settings.periods(moment.config.dispute_period)
    voted = [
        market
        for market in markets
        if market.state == "DISPUTED"
        and moment.now >= market.dispute_initiated_at + periods.voting_s
    ]
    counts = disputes.tally(settings, voted, moment)
    decisions = [
        decide(market, periods, moment.now, counts.get(market.market_address)) for market in markets
    ]
    return Judged(
        due=tuple(found for found in decisions if isinstance(found, Due)),
        not_due=tuple(found for found in decisions if isinstance(found, NotDue)),
    )


def holds(connection: blocking.Connection, due: Sequence[Due], rules: HoldRules) -> dict[str, Hold]:
    """Those of the undisputed finalizations that look wrong, by market id.

    A dispute's outcome was voted on: only an operator holds it.
    """
    resolved = {d.market.market_address: d.market for d in due if d.market.state == "RESOLVING"}
    values = {"addresses": list(resolved)}
    known = blocking.rows(connection, blocking.read_sql(SQL, "resolutions"), values)
    found: dict[str, Hold] = {}
    for row in known:
        market = resolved[row["market_address"]]
        if row["released"]:
            continue
        if looks_wrong := hold(_resolution(market, row), rules):
            found[market.market_id] = looks_wrong
    return found


def _market(candidate: Candidate, account: MarketAccount | None) -> Market:
    """A candidate as its account has it; GONE where there is none."""
    if account is None:
        return Market(candidate.market_id, candidate.market_address, "GONE", candidate.round)
    return Market(
        market_id=account.market_id,
        market_address=candidate.market_address,
        state=account.state.name,
        round=candidate.round,
        approved_at=account.approved_at,
        resolution_proposed_at=account.resolution_proposed_at,
        dispute_initiated_at=account.dispute_initiated_at,
        proposed_outcome=account.proposed_outcome,
    )


def _resolution(market: Market, row: blocking.Row) -> Resolution:
    price = row["price_yes"]
    return Resolution(
        outcome=market.proposed_outcome,
        price_yes=None if price is None else int(price),
        activated_at=row["activated_at"],
        resolved_at=market.resolution_proposed_at,
        resolver_shares_yes=int(row["resolver_shares_yes"]),
        resolver_shares_no=int(row["resolver_shares_no"]),
    )
