"""Fees follow the market, rise with each attempt, and never pass the cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.keeper.fees import MOST_UNITS, FeePolicy, quote, unit_limit

POLICY = FeePolicy(percentile=75, escalation=2.0, most_lamports=1_000)


def test_the_limit_is_what_the_simulation_used_and_a_margin() -> None:
    assert unit_limit(100_000) == 110_001
    assert unit_limit(1) == 1_000
    assert unit_limit(MOST_UNITS) == unit_limit(None) == MOST_UNITS


def test_nobody_pays_for_speed_where_nobody_competes() -> None:
    assert quote(POLICY, [], units_used=10_000, attempt=1, signatures=2).fee_lamports == 10_000


@pytest.mark.parametrize(("attempt", "price"), [(1, 400), (2, 800), (3, 1600)])
def test_each_attempt_offers_more(attempt: int, price: int) -> None:
    recent = [100, 200, 300, 400]

    assert (
        quote(POLICY, recent, units_used=100_000, attempt=attempt, signatures=1).unit_price == price
    )


@given(
    st.lists(st.integers(0, 10**12), max_size=20),
    st.integers(0, 2_000_000),
    st.integers(1, 60),
    st.integers(1, 4),
)
def test_the_cap_holds_whatever_others_pay(
    recent: list[int], units: int, attempt: int, signatures: int
) -> None:
    priced = quote(POLICY, recent, units_used=units, attempt=attempt, signatures=signatures)

    assert priced.fee_lamports - 5_000 * signatures <= POLICY.most_lamports
