"""What the line's own rows say about a crowd's transitions, and the chain about their doubles."""

from collections import Counter
from dataclasses import dataclass

import asyncpg

_INTENTS = """
select extract(epoch from signed_at)::float8 as signed_at, state::text
from ops.transitions where action = 'finalize_market'
"""
_HISTORY = """
select
    count(*) filter (where from_state = 'open' and to_state = 'leased') as attempts,
    count(*) filter (where to_state = 'done') as done,
    count(*) filter (where to_state = 'failed') as failed,
    count(*) filter (where from_state = 'sent' and to_state = 'leased' and detail ? 'expired')
        as expired
from ops.transition_history
"""


@dataclass(frozen=True)
class Outcome:
    """Seconds from due to signed for each transition, and counts."""

    sent_s: list[float]
    double_sends: int
    attempts: int
    done: int
    failed: int
    expired: int
    dead_letters: int

    @property
    def success_percent(self) -> float:
        """Of everything that ended, an ending that a retry followed included."""
        ended = self.done + self.failed
        return 100 * self.done / ended if ended else 0.0


async def outcome(
    connection: asyncpg.Connection, due_at: float, finalized: Counter[str]
) -> Outcome:
    """Read it, for transitions that became due at `due_at` (Unix seconds)."""
    intents = await connection.fetch(_INTENTS)
    history = await connection.fetchrow(_HISTORY)
    assert history is not None
    return Outcome(
        sent_s=[row["signed_at"] - due_at for row in intents if row["signed_at"] is not None],
        double_sends=sum(times - 1 for times in finalized.values() if times > 1),
        dead_letters=await connection.fetchval("select count(*) from ops.dead_letters"),
        **dict(history),
    )
