"""The suites, one function each; `all_suites` is what runs."""

from checks.suite import Suite
from checks.suites.ballots import ballots
from checks.suites.candles import candles
from checks.suites.landing import landing
from checks.suites.markets import markets
from checks.suites.raw_events import raw_events


def all_suites() -> tuple[Suite, ...]:
    """Every suite, in the order of the data's way."""
    return (landing(), raw_events(), markets(), candles(), ballots())
