"""Are the events that land what the program's interface says they are?"""

from checks.shapes import event_shapes
from checks.suite import Rule, Suite, within

PRICE_ONE = 1_000_000_000  # 9-decimal fixed point
PROBABILITY = "A YES price is a probability."
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
            within("price_in_unit", "price_yes", PROBABILITY, least=0, most=PRICE_ONE),
            within(
                "amount_not_negative",
                "amount",
                "Costs and proceeds are unsigned on chain.",
                least=0,
            ),
            Rule(
                "fee_within_gross",
                "ExpectColumnPairValuesAToBeGreaterThanB",
                {"column_A": "gross", "column_B": "fee", "or_equal": True}
                | {"ignore_row_if": "either_value_is_missing"},
                why="A fee above its trade means the fee was derived wrongly.",
            ),
            within(
                "not_from_the_future",
                "ahead_seconds",
                "Block time ahead of our receipt: a clock is wrong.",
                most=CLOCK_TOLERANCE_S,
                severity="warning",
            ),
        ),
    )
