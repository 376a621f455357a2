"""The keeper's own process, killed -9 at one of its durable steps.

Everything is the real thing but the moment of death: the keeper's store and its node are called as
ever, and the call that a step names is the process's last.
"""

import inspect
import os
from collections.abc import Mapping
from typing import NamedTuple

from chain.keeper import __main__ as keeper
from chain.keeper import patience
from chain.keeper.store import Store
from chain.rpc import Rpc
from tests.support.dying import deadly

#: What of the store writes nothing, or writes only notes of a keeper that sends nothing.
READS = {"paused", "signatures", "spent_today"}
SHADOW = {"unshadowed", "shadowed"}


class Step(NamedTuple):
    """A durable call of the keeper's, and the side of it on which the process dies.

    `course` is what an intent goes through meanwhile. `armed_by`: only once that was written too,
    so that of two calls of one name the second is meant.
    """

    course: str
    call: str
    side: str
    armed_by: str | None = None

    def __str__(self) -> str:
        again = f" past {self.armed_by}" if self.armed_by else ""
        return f"{self.course}: {self.side} {self.call}{again}"


def _both(course: str, call: str) -> list[Step]:
    return [Step(course, call, side) for side in ("before", "after")]


#: Every durable step there is, in each course that comes to it, in order. Where one follows another
#: at once, before the second is after the first.
STEPS: list[Step] = [
    *_both("lands", "claim"),
    *_both("lands", "signed"),
    *_both("lands", "send_transaction"),
    *_both("lands", "finished"),
    Step("lands", "unfinal", "after"),
    *_both("lands", "final"),
    # On a slow machine a lease is renewed before anything is signed, and then nothing could expire.
    Step("expires", "renew", "before", armed_by="signed"),
    Step("expires", "renew", "after", armed_by="signed"),
    *_both("expires", "expired"),
    Step("expires", "signed", "after", armed_by="expired"),
    Step("expires", "send_transaction", "after", armed_by="expired"),
    *_both("falls", "fallen"),
    Step("falls", "claim", "after", armed_by="fallen"),
    Step("falls", "send_transaction", "after", armed_by="fallen"),
    *_both("is away", "postponed"),
    *_both("fails", "finished"),
]


def durable() -> set[str]:
    """The store's calls that write: by what it has, so that a new one is not forgotten."""
    calls = inspect.getmembers(Store, inspect.iscoroutinefunction)
    return {name for name, _ in calls if not name.startswith("_")} - READS - SHADOW


def main(env: Mapping[str, str], step: Step) -> None:
    """Keep until the step."""
    os.environ |= env
    patience.FIRST_PAUSE_S = 0.01  # a node that is away is given up sooner
    passed: set[str] = set()
    if step.armed_by is not None:
        _note(step.armed_by, passed)
    owner = Rpc if step.call == "send_transaction" else Store

    def armed() -> bool:
        return step.armed_by is None or step.armed_by in passed

    setattr(owner, step.call, deadly(getattr(owner, step.call), step.side, armed))
    keeper.main()


def _note(call: str, passed: set[str]) -> None:
    """Have a call of the store's tell that it was made."""
    original = getattr(Store, call)

    async def noted(*args: object) -> object:
        found = await original(*args)
        passed.add(call)
        return found

    setattr(Store, call, noted)
