"""Do markets agree with their own trades, and with what a market can be?"""

from checks.suite import Rule, Suite
from checks.suites.raw_events import PRICE_ONE


def markets() -> Suite:
    """Every market: ranges, its life's order in time, and its sums against its trades."""
    return Suite(
        name="markets",
        asset=("marts", "markets"),
        rows="market_rows",
        key=("market_address", "state"),
        rules=(
            Rule(
                "price_in_unit",
                "ExpectColumnValuesToBeBetween",
                {"column": "price_yes", "min_value": 0, "max_value": PRICE_ONE},
                why="A YES price is a probability.",
            ),
            Rule(
                "shares_yes_not_negative",
                "ExpectColumnValuesToBeBetween",
                {"column": "shares_yes", "min_value": 0},
                why="More YES shares sold than were ever bought: a buy is missing.",
            ),
            Rule(
                "shares_no_not_negative",
                "ExpectColumnValuesToBeBetween",
                {"column": "shares_no", "min_value": 0},
                why="More NO shares sold than were ever bought: a buy is missing.",
            ),
            Rule(
                "volume_is_its_trades",
                "ExpectColumnPairValuesToBeEqual",
                {"column_A": "volume", "column_B": "traded_amount"},
                why="A trade reached one mart and not the other.",
            ),
            Rule(
                "count_is_its_trades",
                "ExpectColumnPairValuesToBeEqual",
                {"column_A": "trade_count", "column_B": "traded_count"},
                why="A trade reached one mart and not the other.",
            ),
            Rule(
                "finalized_has_its_time",
                "ExpectColumnValuesToBeInSet",
                {"column": "lacks_finalized_at", "value_set": [False]},
                why="A state without the event that leads to it.",
                severity="warning",
            ),
            Rule(
                "ends_after_it_began",
                "ExpectColumnValuesToBeInSet",
                {"column": "ends_early", "value_set": [False]},
                why="Finalized before it was resolved: times or order are wrong.",
            ),
        ),
    )
