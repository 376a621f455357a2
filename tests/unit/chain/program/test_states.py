"""The table of a market's life against the interface."""

import pytest

from chain.program.states import MOVES, NEVER_SENT, State, already_done, can_move, moves_of
from tests.unit.chain.stories import codec


def test_every_move_is_an_instruction_and_an_event_of_the_interface() -> None:
    events = {event.name for event in codec.idl.events}

    assert {move.instruction for move in MOVES} <= set(codec.instructions)
    assert {move.event for move in MOVES} <= events


def test_a_market_can_reach_every_state_and_leaves_the_last_two_never() -> None:
    assert {move.after for move in MOVES} == set(State)
    assert not {move.before for move in MOVES} & {State.FINALIZED, State.CANCELLED}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.PROPOSED, State.ACTIVE),
        (State.ACTIVE, State.FINALIZED),
        (State.FINALIZED, State.ACTIVE),
        (State.ACTIVE, State.CANCELLED),
        (None, State.ACTIVE),
    ],
)
def test_shortcuts_do_not_exist(before: State | None, after: State) -> None:
    assert not can_move(before, after)


def test_the_trap_of_the_program_is_known_and_never_sent() -> None:
    assert moves_of("aggregate_dispute_votes")
    assert {"aggregate_dispute_votes"} == NEVER_SENT


DONE = [
    ("approve_proposal", State.PROPOSED, False),
    ("approve_proposal", State.APPROVED, True),
    ("approve_proposal", State.FINALIZED, True),
    ("approve_proposal", State.CANCELLED, False),
    ("activate_market", State.APPROVED, False),
    ("activate_market", State.ACTIVE, True),
    ("finalize_market", State.RESOLVING, False),
    ("finalize_market", State.DISPUTED, False),
    ("finalize_market", State.FINALIZED, True),
    ("cancel_market", State.CANCELLED, True),
    ("aggregate_proposal_votes", State.ACTIVE, False),
]


@pytest.mark.parametrize(("instruction", "state", "done"), DONE)
def test_a_market_past_what_is_wanted_needs_nothing(
    instruction: str, state: State, done: bool
) -> None:
    assert already_done(instruction, state) is done
