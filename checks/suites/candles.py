"""Do the candles follow each other, and span what they say?"""

from checks.suite import Suite, holds, within
from checks.suites.raw_events import PRICE_ONE, PROBABILITY


def candles() -> Suite:
    """The last day's minutes; that their sums are the market's is dbt's test."""
    return Suite(
        name="candles",
        asset=("marts", "candles"),
        rows="candle_rows",
        key=("market_address", "bucket"),
        rules=(
            within("low_is_a_probability", "low", PROBABILITY, least=0),
            within("high_is_a_probability", "high", PROBABILITY, most=PRICE_ONE),
            holds(
                "spans_its_ends",
                "Open and close lie between low and high; a merge of candles went wrong.",
            ),
            holds(
                "follows_the_last",
                "A candle begins before the one before it ended: block times run backwards.",
                "warning",
            ),
            holds("on_the_minute", "A bucket off the minute would be drawn beside its neighbours."),
            within(
                "holds_a_trade",
                "trade_count",
                "A candle without trades is a gap drawn as a price.",
                least=1,
            ),
        ),
    )
