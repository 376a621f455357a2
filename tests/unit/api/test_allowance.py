"""What a client may send in a minute."""

from api.socket.allowance import Allowance


def test_what_was_spent_comes_back_evenly_and_never_beyond_the_limit():
    """Sixty a minute: all at once, then one a second, and after an hour sixty again."""
    now = 0.0
    allowance = Allowance(60, clock=lambda: now)
    at_once = [allowance.take() for _ in range(61)]
    now = 2.0
    soon = [allowance.take() for _ in range(2)]
    now = 3600.0
    late = [allowance.take() for _ in range(61)]

    assert at_once == [True] * 60 + [False]
    assert soon == [True, False]
    assert late == [True] * 60 + [False]
