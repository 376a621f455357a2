"""The integer scoring rule, judged by 60-digit decimals over its whole range."""

import random
from decimal import Decimal, localcontext

import pytest

from chain.program import lmsr
from chain.program.lmsr import (
    MAX_B,
    MAX_EXPONENT,
    MIN_B,
    ONE,
    PRICE_ONE,
    Curve,
    ExponentTooLargeError,
    buy_cost,
    least_liquidity,
    sell_proceeds,
    shares_for_cost,
)

TOLERANCE = Decimal("1e-6")


@pytest.fixture(autouse=True)
def sixty_digits():
    """Decimals carry 60 digits."""
    with localcontext() as context:
        context.prec = 60
        yield


def exact_cost(curve: Curve) -> Decimal:
    """C(yes, no) in lamports."""
    b, yes, no = Decimal(curve.b), Decimal(curve.yes), Decimal(curve.no)
    return max(yes, no) + b * (1 + (-abs(yes - no) / b).exp()).ln()


def exact_price_yes(curve: Curve) -> Decimal:
    """The price of YES as a fraction of 1."""
    return 1 / (1 + (Decimal(curve.no - curve.yes) / curve.b).exp())


def curves(count: int) -> list[Curve]:
    """Curves all over the range: b from 1e11 to 1e15, shares up to 20 b, near and far apart."""
    dice = random.Random(7)
    corners = [
        Curve(b, yes * b, no * b)
        for b in (MIN_B, MAX_B)
        for yes in (0, 1, MAX_EXPONENT)
        for no in (0, 1, MAX_EXPONENT)
    ]
    while len(corners) < count:
        b = int(10 ** dice.uniform(11, 15))
        yes = int(b * dice.uniform(0, MAX_EXPONENT))
        no = yes + dice.randint(-9, 9) if dice.random() < 0.2 else int(b * dice.uniform(0, 20))
        corners.append(Curve(b, max(0, yes), max(0, no)))
    return corners


def test_cost_is_exact_to_a_hundredth_of_a_lamport():
    """Every curve's cost agrees with 60-digit arithmetic far below one part in a million."""
    for curve in curves(600):
        got, exact = Decimal(curve.cost) / 2**64, exact_cost(curve)

        assert abs(got - exact) < Decimal("0.01")
        assert abs(got - exact) / exact < TOLERANCE


def test_the_price_of_yes_is_within_a_billionth():
    """Prices keep their nine decimals, at the edges too."""
    for curve in curves(600):
        assert abs(curve.price_yes - exact_price_yes(curve) * PRICE_ONE) <= 1


def test_a_trade_costs_what_the_curve_says_rounded_against_the_trader():
    """Buyers pay at most a lamport more, sellers get at most one less, beside 1e-6 of the amount."""
    dice = random.Random(11)
    for curve in curves(400):
        yes = dice.random() < 0.5
        room = MAX_EXPONENT * curve.b - curve.shares(yes=yes)
        shares = int(room * dice.random() ** 4)
        after = curve.moved(shares, yes=yes)
        exact = exact_cost(after) - exact_cost(curve)
        margin = exact * TOLERANCE + Decimal("0.01")

        assert exact - margin <= buy_cost(curve, shares, yes=yes) <= exact + 1 + margin
        assert exact - 1 - margin <= sell_proceeds(after, shares, yes=yes) <= exact + margin


def test_shares_for_cost_spends_the_budget_and_no_more():
    """The shares found are affordable; one lamport's worth more is not."""
    dice = random.Random(13)
    for curve in curves(300):
        yes, budget = dice.random() < 0.5, int(10 ** dice.uniform(4, 15))
        try:
            shares = shares_for_cost(curve, budget, yes=yes)
        except ExponentTooLargeError:
            room = MAX_EXPONENT * curve.b - curve.shares(yes=yes)
            assert exact_cost(curve.moved(room, yes=yes)) - exact_cost(curve) <= budget + 1
            continue
        exact = exact_cost(curve.moved(shares, yes=yes)) - exact_cost(curve)

        assert buy_cost(curve, shares, yes=yes) <= budget
        assert exact >= budget - 2 - budget * TOLERANCE


def test_least_liquidity_covers_the_largest_loss():
    """It is b ln 2 rounded up, never a lamport short."""
    for b in (MIN_B, MIN_B + 1, 123_456_789_012, MAX_B):
        exact = b * Decimal(2).ln()

        assert exact <= least_liquidity(b) <= exact + 1


def test_the_tables_constants_are_rounded_as_they_say():
    """e^-n is rounded down, ln 2 up."""
    assert [int((-Decimal(n)).exp() * ONE) for n in range(MAX_EXPONENT + 1)] == list(lmsr._DECAY)
    assert int(Decimal(2).ln() * ONE) + 1 == lmsr._LN_2


def test_a_budget_beyond_the_largest_exponent_is_refused():
    """Shares stop at 20 b."""
    with pytest.raises(ExponentTooLargeError):
        shares_for_cost(Curve(MIN_B, 0, 0), 21 * MIN_B, yes=True)
    with pytest.raises(ExponentTooLargeError):
        buy_cost(Curve(MIN_B, 0, 0), 21 * MIN_B, yes=True)
