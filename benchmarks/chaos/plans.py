"""Which faults strike when: dealt from a seed, so that a run can be told again."""

from collections.abc import Mapping
from random import Random
from typing import Any

Plan = dict[str, Any]

#: Kind of fault -> the chance it may be dealt, lowest and highest. All of what Helius, providers
#: and forks do to trades. (`truncate_logs` is apart: see `proposing`.)
CHANCES: dict[str, tuple[float, float]] = {
    "drop": (0.05, 0.2),
    "lose": (0.05, 0.15),
    "duplicate": (0.1, 0.5),
    "delay": (0.2, 0.5),
    "shuffle": (0.3, 1.0),
    "split": (0.3, 1.0),
    "hollow": (0.05, 0.2),
    "fork": (0.05, 0.12),
    "storm": (0.04, 0.08),
    "lag": (0.04, 0.08),
    "height_is_slot": (0.3, 1.0),
    "no_index": (0.6, 1.0),
    "hide_error": (0.3, 1.0),
    "drop_send": (0.05, 0.2),
    "land_and_time_out": (0.05, 0.2),
}
#: Lies about what only a keeper asks: where none works, nobody hears them.
KEEPERS = frozenset({"height_is_slot", "hide_error"})
#: Fewer than slots need to become final, as a fork is.
EXTENT: Plan = {"fork_depth": 8, "lag_slots": 10, "episode_slots": 5, "delay_s": 4.0}


def proposing(random: Random) -> Plan:
    """While markets are proposed and voted on: logs are cut too.

    What is said then can be rebuilt from the instructions. A cut trade cannot: it stays an open
    gap for ever, which is the right answer and no longer a repair to be judged.
    """
    return {
        **EXTENT,
        "seed": random.getrandbits(32),
        "truncate_logs": 0.5,
        "truncate_bytes": 150,
        "drop": 0.1,
        "duplicate": 0.2,
        "shuffle": 0.5,
    }


def trading(random: Random, count: int) -> list[Plan]:
    """So many plans, one after another; together they hold every kind, each at least once."""
    kinds = random.sample(list(CHANCES), len(CHANCES))
    plans: list[Plan] = [{**EXTENT, "seed": random.getrandbits(32)} for _ in range(count)]
    for number, kind in enumerate(kinds):
        plans[number % count][kind] = _dealt(random, kind)
    for plan in plans:
        for kind in random.sample(kinds, 3):
            plan.setdefault(kind, _dealt(random, kind))
    return plans


def owed(phases: list[Plan], struck: Mapping[str, int]) -> Plan:
    """What was dealt and has not struck once, at its most likely: a run leaves nothing out."""
    dealt = {kind for plan in phases for kind in plan} & CHANCES.keys() - KEEPERS
    return {kind: CHANCES[kind][1] for kind in sorted(dealt) if not struck.get(kind)}


def _dealt(random: Random, kind: str) -> float:
    return round(random.uniform(*CHANCES[kind]), 3)
