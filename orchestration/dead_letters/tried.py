"""What one retry of a letter came to, and what a handler of a kind is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestration.dead_letters.queue import Letter
from orchestration.settings import OrchestrationSettings


@dataclass(frozen=True)
class Tried:
    """A letter after a try; ``not tried`` when whoever should have done it was away."""

    letter: Letter
    end: Literal["resolved", "failed", "not tried"]
    detail: str


#: Tries letters of one kind again; each letter comes back once.
Handler = Callable[[Sequence[Letter], OrchestrationSettings], list[Tried]]
