"""The suites, one function each; `all_suites` is what runs."""

from checks.suite import Suite
from checks.suites.markets import markets
from checks.suites.raw_events import raw_events


def all_suites() -> tuple[Suite, ...]:
    """Every suite, in the order of the data's way."""
    return (raw_events(), markets())
