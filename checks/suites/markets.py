"""Do markets agree with their own trades, and with what a market can be?"""

from checks.suite import Rule, Suite, equal, within
from checks.suites.raw_events import PRICE_ONE, PROBABILITY

MISSED = "A trade reached one mart and not the other."


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
            equal("volume_is_its_trades", ("volume", "traded_amount"), MISSED),
            equal("gross_is_its_trades", ("volume_gross", "traded_gross"), MISSED),
            equal("count_is_its_trades", ("trade_count", "traded_count"), MISSED),
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
