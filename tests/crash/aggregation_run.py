"""`python -m tests.crash.aggregation_run STEP`: Dagster's count of votes, killed -9 at a step.

Everything is the real thing but the moment of death. Without a step it runs to its end.
"""

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

import dagster as dg

from orchestration.intents import intents, waiting
from orchestration.voting.definitions import tallies
from votes import aggregate

#: Step -> where it is in the code, and on which side of it the process dies.
STEPS: dict[str, tuple[ModuleType, str, str]] = {
    "counted-not-recorded": (aggregate, "record", "before"),
    "recorded-not-opened": (aggregate, "record", "after"),
    "opened-not-committed": (intents, "open_intents", "after"),
    "committed-not-waited-for": (waiting, "wait", "before"),
    "ended-not-told": (waiting, "wait", "after"),
}


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def deadly(function: Callable[..., Any], side: str) -> Callable[..., Any]:
    """The function, with death before or after it."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if side == "before":
            die()
        function(*args, **kwargs)
        die()

    @functools.wraps(function)
    async def call_async(*args: Any, **kwargs: Any) -> Any:
        if side == "before":
            die()
        await function(*args, **kwargs)
        die()

    return call_async if inspect.iscoroutinefunction(function) else call


def main(step: str | None) -> int:
    if step is not None:
        module, name, side = STEPS[step]
        setattr(module, name, deadly(getattr(module, name), side))
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([tallies], instance=instance, raise_on_error=False)
    return 0 if done.success else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
