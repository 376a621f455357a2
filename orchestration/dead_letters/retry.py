"""Trying letters again, by kind: what there is to do differs, what follows does not."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from oddsline import blocking
from orchestration.dead_letters import queue
from orchestration.dead_letters.tried import Handler, Tried
from orchestration.intents import intents
from orchestration.settings import OrchestrationSettings

#: Whoever should have done it was away: the same letter, a little later, uncounted.
POSTPONE = timedelta(seconds=30)


def handlers() -> Mapping[str, Handler]:
    """Who tries letters of a kind again."""
    # Imported when a letter is tried: they bring the ledger and the decoder along, and every run
    # of the monitor's starts by importing this module.
    from orchestration.dead_letters import deliveries, events, folds, transitions

    return {
        "transition": transitions.retry,
        "delivery": deliveries.retry,
        "event": events.retry,
        "fold": folds.retry,
    }


def retry(
    ids: Sequence[int], settings: OrchestrationSettings, *, by_hand: bool = False
) -> list[Tried]:
    """Take these letters, try each again, and note what came of it.

    Letters that somebody else took in the meantime are left to him; those that wait for a person
    are tried only when a person asks.
    """
    with blocking.session(settings.database_url, name="dead-letters") as connection:
        if by_hand:
            queue.replay(connection, ids)
        letters = queue.read(connection, queue.start(connection, ids))
    tried: list[Tried] = []
    try_again = handlers()
    for kind in sorted({letter.kind for letter in letters}):
        of_kind = [letter for letter in letters if letter.kind == kind]
        for one in try_again[kind](of_kind, settings):
            _note(one, settings)
            tried.append(one)
    return tried


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
