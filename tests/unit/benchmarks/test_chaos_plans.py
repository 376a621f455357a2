"""The faults of a chaos run are dealt from its seed."""

from random import Random

import pytest

from benchmarks.chaos import plans
from chain.local.faults import Plan


@pytest.mark.parametrize("count", [1, 4, 40])
def test_every_kind_of_fault_is_dealt_at_least_once(count: int):
    """However short the run."""
    dealt = {kind for plan in plans.trading(Random(3), count) for kind in plan}
    assert set(plans.CHANCES) <= dealt


def test_the_same_seed_deals_the_same_plans():
    """A run can be told again."""
    assert plans.trading(Random(7), 5) == plans.trading(Random(7), 5)
    assert plans.trading(Random(7), 5) != plans.trading(Random(8), 5)


def test_the_chain_takes_every_plan():
    """Names and ranges are the chain's own."""
    for plan in [plans.proposing(Random(1)), *plans.trading(Random(1), 10)]:
        assert Plan(**plan).model_dump().items() >= plan.items()


def test_what_was_dealt_and_has_not_struck_is_still_owed():
    """A run leaves no kind out; lies that nobody asks to hear are not waited for."""
    phases = [{"fork": 0.05, "drop": 0.1, "seed": 3}, {"hide_error": 0.4, "lag": 0.04}]

    assert plans.owed(phases, {"drop": 2}) == {
        "fork": plans.CHANCES["fork"][1],
        "lag": plans.CHANCES["lag"][1],
    }
    assert plans.owed(phases, {"drop": 2, "fork": 1, "lag": 1}) == {}
