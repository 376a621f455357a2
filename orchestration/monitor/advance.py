"""The steps of a run that moves due markets on.

It writes intents, waits for the keeper, and says what came of each market. What fails for good
goes to the dead letters; what is held waits for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from oddsline import blocking
from orchestration.chain_view import ChainView
from orchestration.dead_letters import queue
from orchestration.intents import intents
from orchestration.intents.intents import Intent, NewIntent
from orchestration.intents.waiting import Progress
from orchestration.monitor import held, look
from orchestration.monitor.due import ACTIVATE, Due
from orchestration.monitor.planning import Candidate
from orchestration.settings import OrchestrationSettings


@dataclass(frozen=True)
class Outcome:
    """What came of one market in a run; ``state`` is its intent's, or why there is none."""

    market_id: str
    action: str
    state: str
    detail: str


def open_due(
    database_url: str,
    chain: ChainView,
    wanted: Sequence[Candidate],
    settings: OrchestrationSettings,
    run_id: str,
) -> tuple[list[int], list[Outcome]]:
    """Judge each candidate by its account, hold what looks wrong, open intents for the rest.

    Returns:
        The intents' ids, and the outcomes of markets that got none.

    Raises:
        RpcError: the node did not answer; nothing was written.
    """
    judged = look.judge(chain, wanted, chain.moment(), settings)
    with blocking.session(database_url, name="monitor") as connection:
        wrong = look.holds(connection, judged.due, settings.hold_rules)
        for market_id, hold in wrong.items():
            held.place(connection, market_id, hold)
        free = [due for due in judged.due if due.market.market_id not in wrong]
        ids = intents.open_intents(connection, [_intent(due) for due in free], run_id)
    outcomes = [
        Outcome(found.market.market_id, "", "not due", found.reason) for found in judged.not_due
    ]
    outcomes += [
        Outcome(due.market.market_id, due.action, "held", wrong[due.market.market_id].reason)
        for due in judged.due
        if due.market.market_id in wrong
    ]
    return ids, outcomes


def reopen_failed(database_url: str, ids: Sequence[int], reason: str) -> list[int]:
    """Before a step's retry: the keeper takes up again what failed and may yet succeed."""
    with blocking.session(database_url, name="monitor") as connection:
        again = Progress(tuple(intents.read(connection, ids))).worth_retrying
        return intents.reopen(connection, [intent.id for intent in again], reason)


def bury_failed(database_url: str, progress: Progress, settings: OrchestrationSettings) -> None:
    """After the last retry: what still fails becomes a dead letter."""
    with blocking.session(database_url, name="monitor") as connection:
        queue.bury(connection, progress.failed, settings.retry_schedule, now=datetime.now(UTC))


def outcomes(progress: Progress) -> list[Outcome]:
    """What came of each intent, in words."""
    return [
        Outcome(intent.market_id or "", intent.action, intent.state, _detail(intent))
        for intent in progress.intents
    ]


def _detail(intent: Intent) -> str:
    if intent.state == "done":
        return intent.signature or "already done on chain"
    return intent.hold_reason or intent.failure


def _intent(due: Due) -> NewIntent:
    return NewIntent(
        idempotency_key=due.key,
        market_id=due.market.market_id,
        market_address=due.market.market_address,
        action=due.action,
        round=due.market.round,
        args=dict(due.args),
        role="activator" if due.action == ACTIVATE else "backend",
        due_at=datetime.fromtimestamp(due.due_at, UTC),
    )
