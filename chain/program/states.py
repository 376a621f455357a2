"""The market's life as a table: every move the program makes, by which instruction and whose key."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import NamedTuple


class State(IntEnum):
    """MarketAccount.state, as the program numbers it."""

    PROPOSED = 0
    APPROVED = 1
    ACTIVE = 2
    RESOLVING = 3
    DISPUTED = 4
    FINALIZED = 5
    CANCELLED = 6


class Signer(Enum):
    """Whose signature a move needs."""

    ANYONE = "anyone"
    ADMIN = "admin"
    BACKEND = "backend"
    ADMIN_OR_CREATOR = "admin or creator"


class Move(NamedTuple):
    """One row of the table; `event` is what it emits."""

    before: State | None
    after: State
    instruction: str
    event: str
    signer: Signer


MOVES: tuple[Move, ...] = (
    Move(None, State.PROPOSED, "create_market", "MarketCreated", Signer.ANYONE),
    Move(
        State.PROPOSED,
        State.PROPOSED,
        "aggregate_proposal_votes",
        "ProposalAggregated",
        Signer.BACKEND,
    ),
    Move(State.PROPOSED, State.APPROVED, "approve_proposal", "ProposalApproved", Signer.ADMIN),
    Move(
        State.APPROVED,
        State.ACTIVE,
        "activate_market",
        "MarketActivated",
        Signer.ADMIN_OR_CREATOR,
    ),
    Move(State.ACTIVE, State.RESOLVING, "resolve_market", "MarketResolved", Signer.ANYONE),
    Move(State.RESOLVING, State.DISPUTED, "initiate_dispute", "DisputeInitiated", Signer.ANYONE),
    Move(State.RESOLVING, State.FINALIZED, "finalize_market", "MarketFinalized", Signer.BACKEND),
    Move(State.DISPUTED, State.FINALIZED, "finalize_market", "MarketFinalized", Signer.BACKEND),
    # The program's own ways out of a dispute park the market where nothing can end it rightly
    # (program-interface, trap A): known so that they can be read, never sent by us.
    Move(
        State.DISPUTED,
        State.RESOLVING,
        "aggregate_dispute_votes",
        "DisputeAggregated",
        Signer.BACKEND,
    ),
    Move(
        State.DISPUTED,
        State.FINALIZED,
        "aggregate_dispute_votes",
        "DisputeAggregated",
        Signer.BACKEND,
    ),
    Move(State.PROPOSED, State.CANCELLED, "cancel_market", "MarketCancelled", Signer.ADMIN),
    Move(State.APPROVED, State.CANCELLED, "cancel_market", "MarketCancelled", Signer.ADMIN),
)

NEVER_SENT = frozenset({"aggregate_dispute_votes"})


def moves_of(instruction: str) -> tuple[Move, ...]:
    """What an instruction can do to a market."""
    return tuple(move for move in MOVES if move.instruction == instruction)


def can_move(before: State | None, after: State) -> bool:
    """Whether any instruction leads from one state to the other."""
    return any(move.before == before and move.after == after for move in MOVES)


def already_done(instruction: str, state: State) -> bool:
    """Whether a market in this state is past what the instruction wants.

    An aggregation changes no state: whether it is done is a matter of counts. A cancelled market
    is past nothing but its cancelling.
    """
    afters = {move.after for move in moves_of(instruction) if move.after != move.before}
    return bool(afters) and any(state in _reachable(after) for after in afters)


def _reachable(start: State) -> set[State]:
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for move in MOVES:
            if move.before == here and move.after not in seen | {State.CANCELLED}:
                seen.add(move.after)
                todo.append(move.after)
    return seen
