"""Do the candles follow each other, and span what they say?"""

from checks.suite import Rule, Suite
from checks.suites.raw_events import PRICE_ONE


def candles() -> Suite:
    """The last day's minutes; that their sums are the market's is dbt's test."""
    return Suite(
        name="candles",
        asset=("marts", "candles"),
        rows="candle_rows",
        key=("market_address", "bucket"),
        rules=(
            Rule(
                "low_is_a_probability",
                "ExpectColumnValuesToBeBetween",
                {"column": "low", "min_value": 0},
                why="A YES price is a probability.",
            ),
            Rule(
                "high_is_a_probability",
                "ExpectColumnValuesToBeBetween",
                {"column": "high", "max_value": PRICE_ONE},
                why="A YES price is a probability.",
            ),
            Rule(
                "spans_its_ends",
                "ExpectColumnValuesToBeInSet",
                {"column": "spans_its_ends", "value_set": [True]},
                why="Open and close lie between low and high; a merge of candles went wrong.",
            ),
            Rule(
                "follows_the_last",
                "ExpectColumnValuesToBeInSet",
                {"column": "follows_the_last", "value_set": [True]},
                why="A candle begins before the one before it ended: block times run backwards.",
                severity="warning",
            ),
            Rule(
                "on_the_minute",
                "ExpectColumnValuesToBeInSet",
                {"column": "on_the_minute", "value_set": [True]},
                why="A bucket off the minute would be drawn beside its neighbours.",
            ),
            Rule(
                "holds_a_trade",
                "ExpectColumnValuesToBeBetween",
                {"column": "trade_count", "min_value": 1},
                why="A candle without trades is a gap drawn as a price.",
            ),
        ),
    )
