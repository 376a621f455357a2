"""The states of an intent as a table; `ops.transition_state` has the same names."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    OPEN = "open"
    HELD = "held"
    LEASED = "leased"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    DEAD = "dead"
    CANCELLED = "cancelled"


MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.OPEN: frozenset({Stage.LEASED, Stage.HELD, Stage.CANCELLED}),
    Stage.HELD: frozenset({Stage.OPEN, Stage.CANCELLED}),
    # open: the lease ran out, or the node is away and the intent waits
    Stage.LEASED: frozenset({Stage.SENT, Stage.DONE, Stage.FAILED, Stage.OPEN}),
    # leased: only when the signed transaction has provably expired
    Stage.SENT: frozenset({Stage.DONE, Stage.FAILED, Stage.LEASED}),
    # only while not final: a fork undid it. sent: our bytes may land again; open: they were others'
    Stage.DONE: frozenset({Stage.SENT, Stage.OPEN}),
    Stage.FAILED: frozenset({Stage.OPEN, Stage.DEAD}),
    Stage.DEAD: frozenset({Stage.OPEN}),
    Stage.CANCELLED: frozenset(),
}


class ForbiddenMove(Exception):
    """A move that the table does not have: a defect of the keeper, never of the chain."""


def guard(before: Stage, after: Stage) -> None:
    """Let only the table's moves pass.

    Raises:
        ForbiddenMove: it is none.
    """
    if after not in MOVES[before]:
        raise ForbiddenMove(f"{before} -> {after}")
