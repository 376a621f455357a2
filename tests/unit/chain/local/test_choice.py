"""What the simulator does next, from what it sees."""

from random import Random
from typing import Any

import pytest

from chain.local.client import SOL
from chain.local.simulator.choice import Act, Action, Pace, choose, likely_outcome, trade_size
from chain.program.accounts import MarketAccount, read_account_as
from chain.program.states import State
from tests.unit.chain.local.market_vm import PROGRAM, MarketVm

PACE = Pace(markets=2, life=100, dispute_period=10, grace=5)
NOW = 10_000


@pytest.fixture(scope="module")
def fresh() -> MarketAccount:
    """An active market's account."""
    vm = MarketVm()
    return read_account_as(PROGRAM, bytes(vm.raw(vm.active(vm.wallet())).data), MarketAccount)


def chosen(*markets: MarketAccount, settled: str = "", voted: str = "") -> Action:
    """The choice among markets called "0", "1", …."""
    named = {str(number): market for number, market in enumerate(markets)}
    return choose(named, settled, PACE, voted=voted, now=NOW, dice=Random(1))


def like(market: MarketAccount, **changes: Any) -> MarketAccount:
    """The market with other fields."""
    fields = {name: getattr(market, name) for name in MarketAccount.__slots__}
    return MarketAccount(**{**fields, "created_at": NOW, "activated_at": NOW, **changes})


def test_markets_are_created_until_there_are_enough(fresh: MarketAccount):
    """None or one is too few, two are enough: then somebody trades."""
    assert chosen().act == Act.CREATE
    assert chosen(like(fresh)).act == Act.CREATE
    assert chosen(like(fresh), like(fresh)).act == Act.TRADE


def test_an_approved_market_is_opened_before_anything_new_begins(fresh: MarketAccount):
    """Where the count does not activate, its creator does."""
    approved = like(fresh, state=State.APPROVED)

    assert chosen(like(fresh), approved) == Action(Act.OPEN, "1")


def test_a_proposal_is_voted_on_and_left_to_the_count_for_a_grace(fresh: MarketAccount):
    """Once voted on it takes a place and nothing is done to it, until five seconds are over."""
    proposed = like(fresh, state=State.PROPOSED, created_at=NOW - 4)

    assert chosen(like(fresh), proposed) == Action(Act.VOTE, "1")
    assert chosen(like(fresh), proposed, voted="1") == Action(Act.TRADE, "0")
    overdue = like(proposed, created_at=NOW - 5)
    assert chosen(like(fresh), overdue, voted="1") == Action(Act.OPEN, "1")


def test_a_market_is_resolved_at_the_end_of_its_life(fresh: MarketAccount):
    """Each has its own length, at most one and a half of the pace's."""
    assert chosen(like(fresh, activated_at=NOW - 151)) == Action(Act.RESOLVE, "0")
    assert chosen(like(fresh, activated_at=NOW - 49)).act != Act.RESOLVE


def test_finalizing_is_left_to_others_for_a_grace(fresh: MarketAccount):
    """Ten seconds of dispute period and five of grace."""
    resolving = like(fresh, state=State.RESOLVING, resolution_proposed_at=NOW - 14)

    assert chosen(resolving).act == Act.CREATE
    overdue = like(resolving, resolution_proposed_at=NOW - 15)
    assert chosen(overdue) == Action(Act.FINALIZE, "0")


def test_winners_are_seen_to_once(fresh: MarketAccount):
    """A settled market needs nothing more; a disputed one is not ours to end."""
    final = like(fresh, state=State.FINALIZED)

    assert chosen(final) == Action(Act.SETTLE, "0")
    assert chosen(final, settled="0").act == Act.CREATE
    assert chosen(like(fresh, state=State.DISPUTED)).act == Act.CREATE


def test_outcomes_follow_the_price(fresh: MarketAccount):
    """A market at 95 % ends YES about so often."""
    sure = like(fresh, shares_yes=3 * fresh.b_parameter)
    dice = Random(5)

    assert sum(likely_outcome(sure, dice) for _ in range(1000)) == pytest.approx(950, abs=30)


def test_trades_are_between_two_hundredths_and_twenty_sol():
    """Never below what the program takes, never a shock to the market."""
    dice = Random(6)

    assert all(SOL // 50 <= trade_size(dice) <= 20 * SOL for _ in range(1000))
