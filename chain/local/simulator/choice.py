"""What happens next: markets in, one action out. No clock, no chain, dice as an argument."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random

from chain.local.client import SOL
from chain.program.accounts import MarketAccount
from chain.program.lmsr import PRICE_ONE, Curve
from chain.program.states import State


class Act(Enum):
    """What somebody does."""

    CREATE = "create"
    VOTE = "vote"  # signed ballots; their scheduled count approves and activates
    OPEN = "open"  # votes, their count, approval, activation: what nobody else has done
    TRADE = "trade"
    RESOLVE = "resolve"
    FINALIZE = "finalize"
    SETTLE = "settle"  # everyone claims, the creator withdraws
    WAIT = "wait"


@dataclass(frozen=True)
class Pace:
    """How markets come and go; times in seconds of the chain's clock."""

    markets: int
    life: int
    dispute_period: int
    grace: int


@dataclass(frozen=True)
class Action:
    """An act and the address of the market it is about."""

    act: Act
    market: str = ""


def choose(
    markets: Mapping[str, MarketAccount],
    settled: Collection[str],
    pace: Pace,
    *,
    voted: Collection[str] = (),
    now: int,
    dice: Random,
) -> Action:
    """The next action: endings first, then beginnings, else a trade.

    Args:
        markets: this simulator's markets by address.
        settled: those whose winners have been seen to.
        pace: how markets come and go.
        voted: those whose ballots have been taken.
        now: chain time, Unix seconds.
        dice: chance.
    """
    for address, market in markets.items():
        if market.state == State.PROPOSED:
            if now >= market.created_at + pace.grace:
                return Action(Act.OPEN, address)
            if address not in voted:
                return Action(Act.VOTE, address)
        elif (act := _next(address, market, pace, now)) and address not in settled:
            return Action(act, address)
    active = [a for a, market in markets.items() if market.state == State.ACTIVE]
    proposed = sum(market.state == State.PROPOSED for market in markets.values())
    if len(active) + proposed < pace.markets:
        return Action(Act.CREATE)
    return Action(Act.TRADE, dice.choice(active)) if active else Action(Act.WAIT)


def likely_outcome(market: MarketAccount, dice: Random) -> bool:
    """YES or NO: mostly what the price says, as it would be with a price that knows something."""
    curve = Curve(market.b_parameter, market.shares_yes, market.shares_no)
    return dice.random() * PRICE_ONE < curve.price_yes


def trade_size(dice: Random) -> int:
    """Lamports for one buy: mostly small, now and then large (0.02 to 20 SOL)."""
    return int(SOL * min(20.0, max(0.02, dice.lognormvariate(-0.7, 1.1))))


def _next(address: str, market: MarketAccount, pace: Pace, now: int) -> Act | None:
    """What is due in a market's life once it is approved; to be settled it is due for ever."""
    due = {
        State.APPROVED: (Act.OPEN, now),
        State.ACTIVE: (Act.RESOLVE, market.activated_at + _life(address, pace) + 1),
        State.RESOLVING: (Act.FINALIZE, _overdue(market, pace)),
        State.FINALIZED: (Act.SETTLE, now),
    }
    act, at = due.get(market.state, (None, now))
    return act if now >= at else None


def _overdue(market: MarketAccount, pace: Pace) -> int:
    return market.resolution_proposed_at + pace.dispute_period + pace.grace


def _life(address: str, pace: Pace) -> int:
    """Each market its own length, from half to one and a half of the usual."""
    return pace.life // 2 + Random(address).randrange(pace.life + 1)  # noqa: S311 a game
