"""What the table of an intent's states must never allow, whatever is added to it."""

import pytest

from chain.keeper.states import MOVES, ForbiddenMove, Stage, guard


def sources(after: Stage) -> set[Stage]:
    """From where a state can be reached."""
    return {before for before, moves in MOVES.items() if after in moves}


def test_only_what_a_keeper_holds_or_has_sent_becomes_done_or_failed():
    """Nobody may call a transition done that was never looked at on chain."""
    assert sources(Stage.DONE) == sources(Stage.FAILED) == {Stage.LEASED, Stage.SENT}


def test_what_was_signed_is_never_forgotten():
    """Its bytes can land at any time: it ends, expires or is taken up again, and no more."""
    assert MOVES[Stage.SENT].isdisjoint({Stage.OPEN, Stage.HELD, Stage.CANCELLED, Stage.DEAD})


def test_what_is_dead_lives_again_by_a_retry_alone():
    """It is opened, so that a keeper leases it and reads the account before anything is signed."""
    assert MOVES[Stage.DEAD] == {Stage.OPEN}
    assert sources(Stage.DEAD) == {Stage.FAILED}


def test_what_is_cancelled_stays_so():
    """And only what no keeper has in hand can be."""
    assert MOVES[Stage.CANCELLED] == set()
    assert sources(Stage.CANCELLED) == {Stage.OPEN, Stage.HELD}


def test_a_held_intent_is_leased_by_nobody_before_its_release():
    """A lease is of what is open, or of what was signed and has expired."""
    assert sources(Stage.LEASED) == {Stage.OPEN, Stage.SENT}


@pytest.mark.parametrize("after", Stage)
def test_a_move_that_the_table_lacks_is_refused_by_name(after: Stage):
    """A cancelled intent moves nowhere; the error says from where to where."""
    with pytest.raises(ForbiddenMove, match=f"cancelled -> {after}"):
        guard(Stage.CANCELLED, after)
