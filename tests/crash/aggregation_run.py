"""Dagster's count of votes as a process of its own, killed -9 at a step.

Everything is the real thing but the moment of death. Without a step it runs to its end.
"""

import os
import sys
from collections.abc import Mapping
from types import ModuleType

import dagster as dg

from orchestration.intents import intents, waiting
from orchestration.voting.definitions import tallies
from tests.support.dying import deadly
from votes import aggregate

#: Step -> where it is in the code, and on which side of it the process dies.
STEPS: dict[str, tuple[ModuleType, str, str]] = {
    "counted-not-recorded": (aggregate, "record", "before"),
    "recorded-not-opened": (aggregate, "record", "after"),
    "opened-not-committed": (intents, "open_intents", "after"),
    "committed-not-waited-for": (waiting, "wait", "before"),
    "ended-not-told": (waiting, "wait", "after"),
}


def main(env: Mapping[str, str], step: str | None) -> None:
    """Count once on the line of this environment; the exit code says how it went."""
    os.environ.update(env)
    if step is not None:
        module, name, side = STEPS[step]
        setattr(module, name, deadly(getattr(module, name), side))
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([tallies], instance=instance, raise_on_error=False)
    sys.exit(0 if done.success else 1)
