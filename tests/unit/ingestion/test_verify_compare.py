"""An account and its row are compared field by field, and each difference is named."""

import pytest

from ingestion.verify.compare import Account, differences, market_fields, outcome

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
}
POSITION = {
    "market": "market",
    "user": "wallet",
    "shares_yes": 5,
    "shares_no": 0,
    "total_invested": 3,
    "claimed_amount": 0,
    "trades_count": 1,
}


def named(kind, account, row):
    return [found.field for found in differences(kind, Account("address", account, 7), row)]


def test_a_row_that_says_what_the_account_says_differs_in_nothing():
    assert named("market", MARKET, market_fields(MARKET)) == []


def test_shares_that_nobody_owns_are_not_in_the_marts():
    fields = market_fields(MARKET)

    assert (fields["shares_yes"], fields["shares_no"]) == (5, 0)


@pytest.mark.parametrize("field", ["state", "shares_yes", "volume_gross", "initial_liquidity"])
def test_each_altered_field_of_a_market_is_named(field):
    row = {**market_fields(MARKET), field: "altered"}

    assert named("market", MARKET, row) == [field]


def test_a_missing_row_is_a_difference():
    assert named("position", POSITION, None) == ["(row)"]


@pytest.mark.parametrize(
    ("state", "decided", "expected"),
    [(2, None, None), (5, True, "YES"), (5, False, "NO"), (5, None, "INVALID"), (6, None, None)],
)
def test_a_finalized_market_without_an_outcome_is_invalid(state, decided, expected):
    assert outcome({"state": state, "final_outcome": decided}) == expected
