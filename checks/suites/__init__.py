"""The suites, one function each; `all_suites` is what runs."""

from checks.suite import Suite
from checks.suites.accounts import accounts
from checks.suites.ballots import ballots
from checks.suites.candles import candles
from checks.suites.landing import landing
from checks.suites.markets import markets
from checks.suites.positions import positions
from checks.suites.raw_events import raw_events
from checks.suites.vote_cache import vote_cache


def all_suites() -> tuple[Suite, ...]:
    """Every suite, in the order of the data's way."""
    return (*queried_suites(), *compared_suites())


def queried_suites() -> tuple[Suite, ...]:
    """Those that judge what one query of theirs yields."""
    return (landing(), raw_events(), markets(), positions(), candles(), ballots())


def compared_suites() -> tuple[Suite, ...]:
    """Those that hold two systems side by side: their rows are read by whoever may ask both."""
    return (vote_cache(), accounts())
