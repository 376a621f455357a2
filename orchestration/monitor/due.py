"""What is due on chain. Pure: accounts, configuration and chain time in, decisions out.

The judge is the market's account, never our mart: a mart only says where to look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACTIVATE = "activate_market"
FINALIZE = "finalize_market"

#: The state an account must be in for each action; the keeper guards the same.
STATE_OF_ACTION = {ACTIVATE: ("APPROVED",), FINALIZE: ("RESOLVING", "DISPUTED")}


@dataclass(frozen=True)
class Periods:
    """What GlobalConfig and the settings say about time, in seconds.

    ``dispute_s`` is GlobalConfig's dispute_period in force now: a change hits live markets at
    once, so it is never remembered with a market.
    """

    dispute_s: int
    voting_s: int


@dataclass(frozen=True)
class Market:
    """A market's account, as far as its next step depends on it. Times are unix seconds."""

    market_id: str
    market_address: str
    state: str
    round: str  # signature of the event that opened this phase
    approved_at: int = 0
    resolution_proposed_at: int = 0
    dispute_initiated_at: int = 0
    proposed_outcome: bool | None = None


@dataclass(frozen=True)
class Counts:
    """A dispute's votes as they are to be sent."""

    agree: int
    disagree: int
    memo: str | None = None  # binds them to the ballots they were counted from


@dataclass(frozen=True)
class Due:
    """An action whose time has come; ``args`` are the instruction's."""

    market: Market
    action: str
    due_at: int
    args: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The intent's idempotency key: one action of one market in one round, once."""
        return f"{self.market.market_address}:{self.action}:{self.market.round}"


@dataclass(frozen=True)
class NotDue:
    """Why nothing is to be done about a market now."""

    market: Market
    reason: str


def deadline(market: Market, periods: Periods) -> int | None:
    """When the market's phase is over, unix seconds of chain time; None = it has no end."""
    match market.state:
        case "APPROVED":
            return market.approved_at
        case "RESOLVING":
            return market.resolution_proposed_at + periods.dispute_s
        case "DISPUTED":
            return market.dispute_initiated_at + periods.voting_s
        case _:
            return None


def decide(
    market: Market, periods: Periods, now: int, counts: Counts | None = None
) -> Due | NotDue:
    """The one decision about one market.

    Args:
        market: its account, just read.
        periods: in force now.
        now: the chain's clock, unix seconds.
        counts: a dispute's decided votes; None while they are not decided.
    """
    end = deadline(market, periods)
    if end is None:
        return NotDue(market, f"state {market.state} has no deadline")
    if now < end:
        return NotDue(market, f"its phase ends in {end - now} s")
    if market.state == "APPROVED":
        return Due(market, ACTIVATE, end, {})
    if market.state == "RESOLVING":
        return Due(market, FINALIZE, end, {"dispute_agree": None, "dispute_disagree": None})
    return _end_dispute(market, end, counts)


def _end_dispute(market: Market, end: int, counts: Counts | None) -> Due | NotDue:
    if counts is None:
        return NotDue(market, "its dispute's votes are not decided")
    if counts.agree + counts.disagree == 0:
        # The program answers 6024; aggregating instead would void the market (trap A).
        return NotDue(market, "nobody voted on its dispute: an operator decides")
    args: dict[str, Any] = {
        "dispute_agree": counts.agree,
        "dispute_disagree": counts.disagree,
    }
    if counts.memo is not None:
        args["memo"] = counts.memo
    return Due(market, FINALIZE, end, args)
