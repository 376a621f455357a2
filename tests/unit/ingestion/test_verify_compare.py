"""An account and its row are compared field by field, and each difference is named."""

import pytest

from ingestion.verify.compare import Account, differences, gift, market_fields, outcome

MARKET = {
    "market_id": "ab" * 32,
    "creator": "creator",
    "state": 2,
    "b_parameter": 100_000_000_000,
    "initial_liquidity": 70_000_000_000,
    "shares_yes": 100_000_005,
    "shares_no": 100_000_000,
    "total_volume": 12,
    "final_outcome": None,
    "accumulated_lp_fees": 5,
    "accumulated_resolver_fees": 2,
}
#: Lamports beyond rent, by the events and by the account.
HELD = 70_000_000_007
POSITION = {
    "market": "market",
    "user": "wallet",
    "shares_yes": 5,
    "shares_no": 0,
    "total_invested": 3,
    "claimed_amount": 0,
    "trades_count": 1,
}


def named(kind, account, row, above_rent=HELD):
    read = Account("address", account, 7, above_rent)
    return [found.field for found in differences(kind, read, row)]


def market_row(**altered):
    return {**market_fields(MARKET), "held": HELD, **altered}


def test_a_row_that_says_what_the_account_says_differs_in_nothing():
    assert named("market", MARKET, market_row()) == []


def test_shares_that_nobody_owns_are_not_in_the_marts():
    fields = market_fields(MARKET)

    assert (fields["shares_yes"], fields["shares_no"]) == (5, 0)


@pytest.mark.parametrize("field", sorted(market_fields(MARKET)))
def test_each_altered_field_of_a_market_is_named(field):
    assert named("market", MARKET, market_row(**{field: "altered"})) == [field]


def test_a_vault_that_lacks_a_lamport_differs():
    assert named("market", MARKET, market_row(), above_rent=HELD - 1) == ["held"]


def test_lamports_that_somebody_sent_are_a_gift_and_no_difference():
    read = Account("address", MARKET, 7, HELD + 3)

    assert named("market", MARKET, market_row(), above_rent=HELD + 3) == []
    assert gift(read, market_row()) == 3


def test_a_missing_row_is_a_difference():
    assert named("position", POSITION, None) == ["(row)"]


@pytest.mark.parametrize(
    ("state", "decided", "expected"),
    [(2, None, None), (5, True, "YES"), (5, False, "NO"), (5, None, "INVALID"), (6, None, None)],
)
def test_a_finalized_market_without_an_outcome_is_invalid(state, decided, expected):
    assert outcome({"state": state, "final_outcome": decided}) == expected
