"""What must hold for the scoring rule whatever the trades."""

from hypothesis import given
from hypothesis import strategies as st

from chain.program.lmsr import (
    MAX_B,
    MIN_B,
    PRICE_ONE,
    Curve,
    buy_cost,
    least_liquidity,
    sell_proceeds,
    shares_for_cost,
)

bs = st.integers(MIN_B, MAX_B)
fractions = st.integers(0, 9_000).map(lambda n: n / 1000)


@st.composite
def states(draw: st.DrawFn) -> Curve:
    """A curve with shares of up to 9 b."""
    b = draw(bs)
    return Curve(b, int(b * draw(fractions)), int(b * draw(fractions)))


@given(states(), fractions, st.booleans())
def test_buying_and_selling_back_never_gains(curve: Curve, fraction: float, yes: bool):
    """A round trip costs nothing or something, never less."""
    shares = int(curve.b * fraction)
    cost = buy_cost(curve, shares, yes=yes)

    assert sell_proceeds(curve.moved(shares, yes=yes), shares, yes=yes) <= cost


@given(states(), fractions, fractions, st.booleans())
def test_the_path_does_not_matter(curve: Curve, first: float, second: float, yes: bool):
    """Buying in two steps costs what buying at once does, but for a lamport of rounding."""
    one, two = int(curve.b * first / 2), int(curve.b * second / 2)  # within 20 b in all
    apart = buy_cost(curve, one, yes=yes) + buy_cost(curve.moved(one, yes=yes), two, yes=yes)

    assert 0 <= apart - buy_cost(curve, one + two, yes=yes) <= 1


@given(states(), st.integers(9_000, MAX_B), st.booleans())
def test_a_budget_buys_the_most_it_can(curve: Curve, budget: int, yes: bool):
    """Shares worth two more lamports would cost too much, and prices stay below one."""
    budget = min(budget, curve.b)
    shares = shares_for_cost(curve, budget, yes=yes)
    after = curve.moved(shares, yes=yes)
    price = after.fine_price(yes=yes) + 1
    more = shares + (2 << 62) // price + 2

    assert buy_cost(curve, shares, yes=yes) <= budget < buy_cost(curve, more, yes=yes)
    assert 0 < after.price_yes < PRICE_ONE


@given(bs, st.lists(st.tuples(st.booleans(), fractions), max_size=9))
def test_the_deposit_and_the_buys_pay_every_winner(b: int, buys: list[tuple[bool, float]]):
    """Whatever is bought, the pool holds a lamport for each share of either outcome."""
    start = curve = Curve(b, b // 1000, b // 1000)
    pool = least_liquidity(b)
    for yes, fraction in buys:
        shares = int(b * fraction / 9)
        pool += buy_cost(curve, shares, yes=yes)
        curve = curve.moved(shares, yes=yes)

    assert pool >= max(curve.yes - start.yes, curve.no - start.no)
