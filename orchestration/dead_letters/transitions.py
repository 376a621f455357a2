"""Transitions: the keeper takes the intents up again."""

from collections.abc import Sequence

from oddsline import blocking
from orchestration.dead_letters.queue import Letter
from orchestration.dead_letters.tried import Tried
from orchestration.intents import intents, waiting
from orchestration.settings import OrchestrationSettings


def retry(letters: Sequence[Letter], settings: OrchestrationSettings) -> list[Tried]:
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
