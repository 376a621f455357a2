"""Are the events that land what the program's interface says they are?"""

from checks.shapes import event_shapes
from checks.suite import Rule, Suite

PRICE_ONE = 1_000_000_000  # 9-decimal fixed point
CLOCK_TOLERANCE_S = 60


def raw_events() -> Suite:
    """The newest events: their payload's shape and the ranges of their numbers."""
    return Suite(
        name="raw_events",
        asset=("raw", "events"),
        rows="recent_events",
        key=("seq", "signature", "name"),
        rules=(
            Rule(
                "payload_shape",
                "ExpectColumnValuesToBeInSet",
                {"column": "shape", "value_set": list(event_shapes())},
                why="An event carries fields that no version of the IDL names: the program changed.",
            ),
            Rule(
                "names_its_market",
                "ExpectColumnValuesToBeInSet",
                {"column": "lacks_market", "value_set": [False]},
                why="A market's event without market_address reaches no mart.",
            ),
            Rule(
                "price_in_unit",
                "ExpectColumnValuesToBeBetween",
                {"column": "price_yes", "min_value": 0, "max_value": PRICE_ONE},
                why="A YES price is a probability.",
            ),
            Rule(
                "amount_not_negative",
                "ExpectColumnValuesToBeBetween",
                {"column": "amount", "min_value": 0},
                why="Costs and proceeds are unsigned on chain.",
            ),
            Rule(
                "fee_within_gross",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {"column_A": "gross", "column_B": "fee", "or_equal": True}
                | {"ignore_row_if": "either_value_is_missing"},
                why="A fee above its trade means the fee was derived wrongly.",
            ),
            Rule(
                "not_from_the_future",
                "ExpectColumnValuesToBeBetween",
                {"column": "ahead_seconds", "max_value": CLOCK_TOLERANCE_S},
                why="Block time ahead of our receipt: a clock is wrong.",
                severity="warning",
            ),
        ),
    )
