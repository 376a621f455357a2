"""What a watch that looks every few seconds asks of a real database, and what it keeps."""

from typing import cast

from orchestration import settings
from orchestration.chain_view import ChainView
from orchestration.watch import look
from tests.integration.orchestration.conftest import FakeChain, Line
from tests.integration.orchestration.test_watch import transition


def test_of_what_is_slow_to_read_a_look_says_what_an_earlier_one_saw(line: Line, chain: FakeChain):
    """Windows for half a minute, trends for a minute; what is cheap is read at every look."""
    clock = [0.0]
    watching = look.Watch(settings.load(), cast("ChainView", chain))
    watching.success.clock = watching.trends.clock = lambda: clock[0]
    seen = []
    watching.look()
    failed = ("sent", "failed", '{"error": "InvalidMarketState"}', "3 minutes")
    transition(line, 1, "failed", failed, failed, failed)
    for clock[0] in (29.9, 30.0, 59.9, 60.0):
        found, _ = watching.look()
        seen.append((found.failing.count, found.success[0].ended, len(found.trends)))

    assert seen == [(1, 0, 0), (1, 1, 0), (1, 1, 0), (1, 1, 1)]
