"""What a plan of faults makes of deliveries, without a network."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.local.faults import Faults, Plan
from chain.local.webhooks import Delivery

CHANCES = ("drop", "lose", "duplicate", "delay", "shuffle", "split", "hollow")


def _planned(sizes: list[int]) -> list[Delivery]:
    return [
        Delivery(slot, tuple({"transaction": f"{slot}.{n}", "slot": slot} for n in range(size)))
        for slot, size in enumerate(sizes)
    ]


def _items(happening: list[tuple[float, Delivery]]) -> Counter[str]:
    return Counter(item["transaction"] for _, d in happening for item in d.items)


sizes = st.lists(st.integers(1, 5), max_size=6)


@given(sizes)
def test_without_a_plan_deliveries_happen_as_planned(counts: list[int]):
    """The honest chain is this chain with every chance at zero."""
    planned = _planned(counts)
    faults = Faults()
    assert faults.deliveries(planned) == [(0.0, delivery) for delivery in planned]
    assert not faults.struck


@given(sizes, st.integers())
def test_shuffling_splitting_and_delaying_lose_and_invent_nothing(counts: list[int], seed: int):
    """Every item arrives exactly once, its slot kept, within the delay."""
    faults = Faults()
    faults.order(Plan(seed=seed, shuffle=0.7, split=0.7, delay=0.7, delay_s=2))
    planned = _planned(counts)
    happening = faults.deliveries(planned)
    assert _items(happening) == _items([(0, delivery) for delivery in planned])
    assert all(0 <= delay <= 2 for delay, _ in happening)
    assert all(item["slot"] == d.slot for _, d in happening for item in d.items)


@given(sizes, st.integers(), st.sampled_from(CHANCES))
def test_the_same_seed_strikes_the_same_way(counts: list[int], seed: int, kind: str):
    """A chaos run can be told again."""
    runs = []
    for _ in range(2):
        faults = Faults()
        faults.order(Plan(seed=seed, **{kind: 0.5}))
        runs.append((faults.deliveries(_planned(counts)), faults.struck))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("kind", CHANCES)
def test_what_strikes_is_counted_by_its_name(kind: str):
    """And nothing else is."""
    faults = Faults()
    faults.order(Plan(**{kind: 1}))
    faults.deliveries(_planned([3, 3]))
    assert set(faults.struck) == {kind}
    assert faults.struck[kind] >= 2
