"""Waiting for the keeper: the only thing a run does between its intents and their ends."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oddsline import blocking
from orchestration.intents import intents
from orchestration.intents.intents import Intent

POLL_S = 0.5
PERMANENT = "Permanent"


@dataclass(frozen=True)
class Progress:
    """Intents after waiting: ended well or held, failed, or still with the keeper."""

    intents: tuple[Intent, ...]

    @property
    def failed(self) -> list[Intent]:
        return [intent for intent in self.intents if intent.state == "failed"]

    @property
    def worth_retrying(self) -> list[Intent]:
        return [intent for intent in self.failed if intent.error_class != PERMANENT]

    @property
    def waiting(self) -> list[Intent]:
        return [intent for intent in self.intents if not intent.ended]


def wait(
    database_url: str,
    ids: Sequence[int],
    *,
    patience_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Progress:
    """Watch intents until each has ended or patience is over."""
    until = clock() + patience_s
    while True:
        with blocking.session(database_url, name="waiting") as connection:
            progress = Progress(tuple(intents.read(connection, ids)))
        if not progress.waiting or clock() >= until:
            return progress
        sleep(POLL_S)
