"""Do markets agree with their own trades, and with what a market can be?"""

from checks.suite import Rule, Suite, within
from checks.suites.raw_events import PRICE_ONE, PROBABILITY


def markets() -> Suite:
    """Every market: ranges, its life's order in time, and its sums against its trades."""
    return Suite(
        name="markets",
        asset=("marts", "markets"),
        rows="market_rows",
        key=("market_address", "state"),
        rules=(
            within("price_in_unit", "price_yes", PROBABILITY, least=0, most=PRICE_ONE),
            within(
                "shares_yes_not_negative",
                "shares_yes",
                "More YES shares sold than were ever bought: a buy is missing.",
                least=0,
            ),
            within(
                "shares_no_not_negative",
                "shares_no",
                "More NO shares sold than were ever bought: a buy is missing.",
                least=0,
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
