"""Trying letters again, by kind: what there is to do differs, what follows does not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from oddsline import blocking
from orchestration.dead_letters import queue
from orchestration.dead_letters.queue import Letter
from orchestration.intents import intents, waiting
from orchestration.settings import OrchestrationSettings

#: The keeper was away: the same letter, a little later, uncounted.
POSTPONE = timedelta(seconds=30)


@dataclass(frozen=True)
class Tried:
    """What one retry came to; ``not tried`` when whoever should have done it was away."""

    letter: Letter
    end: Literal["resolved", "failed", "not tried"]
    detail: str


Handler = Callable[[Sequence[Letter], OrchestrationSettings], list[Tried]]


def transitions(letters: Sequence[Letter], settings: OrchestrationSettings) -> list[Tried]:
    """Hand the intents back to the keeper and wait for their ends."""
    by_intent = {letter.payload["transition_id"]: letter for letter in letters}
    with blocking.session(settings.database_url, name="dead-letters") as connection:
        intents.reopen(connection, list(by_intent), "dead letter retried")
    progress = waiting.wait(
        settings.database_url, list(by_intent), patience_s=settings.monitor_wait_s
    )
    tried = []
    for intent in progress.intents:
        letter = by_intent[intent.id]
        if intent.state == "done":
            tried.append(Tried(letter, "resolved", intent.signature or "already done on chain"))
        elif intent.state == "failed":
            tried.append(Tried(letter, "failed", intent.failure))
        else:
            tried.append(Tried(letter, "not tried", f"its intent is {intent.state}"))
    return tried


HANDLERS: Mapping[str, Handler] = {"transition": transitions}


def retry(ids: Sequence[int], settings: OrchestrationSettings) -> list[Tried]:
    """Take these letters, try each again, and note what came of it.

    Letters that somebody else took in the meantime are left to him.
    """
    with blocking.session(settings.database_url, name="dead-letters") as connection:
        letters = queue.read(connection, queue.start(connection, ids))
    tried: list[Tried] = []
    for kind in sorted({letter.kind for letter in letters}):
        of_kind = [letter for letter in letters if letter.kind == kind]
        tried += HANDLERS.get(kind, nobody)(of_kind, settings)
    for one in tried:
        _note(one, settings)
    return tried


def nobody(letters: Sequence[Letter], settings: OrchestrationSettings) -> list[Tried]:  # noqa: ARG001 a Handler
    """A kind that cannot be tried again by itself: each try fails, a person looks."""
    return [Tried(letter, "failed", f"{letter.reason} (no automatic retry)") for letter in letters]


def _note(tried: Tried, settings: OrchestrationSettings) -> None:
    now, letter = datetime.now(UTC), tried.letter
    with blocking.session(settings.database_url, name="dead-letters") as connection:
        match tried.end:
            case "resolved":
                queue.resolve(connection, [letter.id], f"retried: {tried.detail}")
            case "not tried":
                queue.postpone(connection, [letter.id], now + POSTPONE)
            case "failed":
                if letter.kind == "transition":
                    intents.bury(connection, [letter.payload["transition_id"]], tried.detail)
                schedule = settings.retry_schedule
                queue.failed_again(connection, letter, tried.detail, schedule, now=now)
