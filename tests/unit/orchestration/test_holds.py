"""What looks wrong waits for a person."""

import dataclasses

import pytest

from orchestration.monitor.holds import PRICE_ONE, HoldRules, Resolution, hold

SOUND = Resolution(
    outcome=True,
    price_yes=950_000_000,
    activated_at=0,
    resolved_at=100_000,
)


def test_a_resolution_that_the_market_agrees_with_passes():
    """Nothing looks wrong, nothing is held."""
    assert hold(SOUND, HoldRules()) is None


@pytest.mark.parametrize(
    ("outcome", "price_yes", "held"),
    [
        (True, 100_000_000, True),  # YES while NO trades at 90 %
        (True, 100_000_001, False),
        (False, 900_000_000, True),  # NO while YES trades at 90 %
        (False, 899_999_999, False),
        (True, None, False),  # it never traded
        (None, 900_000_000, False),  # the account names no outcome
    ],
)
def test_an_outcome_against_the_price_is_held_from_ninety_to_ten_on(outcome, price_yes, held):
    """The bound is exact: integers, no floats."""
    found = hold(dataclasses.replace(SOUND, outcome=outcome, price_yes=price_yes), HoldRules())

    assert (found is not None) is held
    if found:
        assert found.rule == "price_contradiction"


def test_a_resolution_minutes_after_activation_is_held():
    """Nobody had the time to trade or to know."""
    early = dataclasses.replace(SOUND, activated_at=1000, resolved_at=1599)

    found = hold(early, HoldRules())

    assert found is not None
    assert found.rule == "early_resolution"
    assert hold(dataclasses.replace(early, resolved_at=1600), HoldRules()) is None


@pytest.mark.parametrize(("outcome", "held"), [(True, True), (False, False)])
def test_a_resolver_with_winning_shares_is_held(outcome, held):
    """Shares of the losing side are no reason."""
    price = PRICE_ONE // 2
    resolution = dataclasses.replace(
        SOUND, outcome=outcome, price_yes=price, resolver_shares_yes=PRICE_ONE
    )

    assert (hold(resolution, HoldRules()) is not None) is held


def test_every_rule_can_be_set_off():
    """An operator who trusts the resolvers sees nothing held."""
    suspicious = Resolution(
        outcome=True,
        price_yes=1,
        activated_at=10,
        resolved_at=11,
        resolver_shares_yes=5,
    )
    off = HoldRules(price_bps=10_001, early_s=0, resolver_interest=False)

    assert hold(suspicious, HoldRules()) is not None
    assert hold(suspicious, off) is None
