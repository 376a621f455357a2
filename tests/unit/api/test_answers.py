"""Kept answers: only current ones, never from a process that hears nothing."""

import pytest

from api.answers import EVERYTHING, Answer, Answers
from api.freshness import Freshness


@pytest.fixture
def fresh() -> Freshness:
    freshness = Freshness(stale_after_ms=1000, clock=lambda: 0.0, epoch="e")
    freshness.tick(slot=1, lag_ms=0)
    return freshness


@pytest.fixture
def answers(fresh: Freshness) -> Answers:
    return Answers(fresh, 10_000, clock=lambda: 0.0)


def answer(answers: Answers, tag: str, head: bytes = b"{") -> Answer:
    return Answer(head, answers.version(tag), float("inf"), ())


def test_a_change_drops_its_markets_answers_and_lists_only(answers: Answers):
    """Another market's answer stays."""
    for tag in ("a", "b", EVERYTHING):
        answers.store(tag.encode(), answer(answers, tag))
    answers.changed("a", 7)

    assert [answers.get(k) is not None for k in (b"a", b"b", b"*")] == [False, True, False]


def test_an_answer_made_before_a_change_is_not_stored_after_it(answers: Answers):
    """Read, changed, stored: the copy would be old."""
    made = answer(answers, "a")
    answers.changed("a", 7)

    assert not answers.store(b"k", made)
    assert answers.get(b"k") is None


def test_a_stale_process_answers_nothing_from_memory(answers: Answers, fresh: Freshness):
    """Nobody knows whether what it keeps is current."""
    answers.store(b"k", answer(answers, "a"))
    fresh.ticked_at = -10.0

    assert answers.get(b"k") is None


def test_a_change_makes_another_etag(answers: Answers):
    """Clients revalidate by it."""
    before = answers.version("a").etag
    answers.changed("a", 7)

    assert answers.version("a").etag != before


def test_memory_is_bounded_and_the_oldest_go_first(answers: Answers):
    """Many answers push out those asked for longest ago."""
    for n in range(100):
        answers.store(b"%d" % n, answer(answers, "a", b"x" * 500))

    assert answers.bytes <= 10_000
    assert answers.get(b"0") is None
    assert answers.get(b"99") is not None
