"""A memory with a bound."""

import pytest

from chain.remembered import Remembered


def test_what_was_asked_for_is_made_once_until_the_memory_is_full() -> None:
    """Past its bound it starts anew, and says the same."""
    made: list[int] = []

    def twice(number: int) -> int:
        made.append(number)
        return 2 * number

    remembered = Remembered(twice, 2)

    assert [remembered[n] for n in (1, 2, 1, 3, 1)] == [2, 4, 2, 6, 2]
    assert made == [1, 2, 3, 1]
    assert len(remembered) == 2


def test_a_failure_is_raised_and_not_remembered() -> None:
    """The next look-up tries again."""
    remembered = Remembered(bytes.fromhex, 8)

    for _ in range(2):
        with pytest.raises(ValueError, match="non-hexadecimal"):
            remembered["xy"]
    assert not remembered
