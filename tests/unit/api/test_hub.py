"""Rounds of messages: each client by one write, each message once, the chain never broken."""

import json
from typing import Any

import pytest

from api.answers import Answers
from api.freshness import Freshness
from api.socket.channel import Write
from api.socket.hub import ROUND, Hub
from api.socket.told import Told, parse_all


class Reader:
    """A follower that keeps what was written to it."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.write: Write = self.writes.append
        self.held: list[Told] = []

    def hold(self, told: Told) -> None:
        self.held.append(told)

    @property
    def heard(self) -> list[tuple[str, int, int]]:
        """market, prev_seq and seq of every message written."""
        return [(m["market_id"], m["prev_seq"], m["seq"]) for m in messages(b"".join(self.writes))]


def messages(frames: bytes) -> list[dict[str, Any]]:
    """The JSON of unmasked text frames of 126 bytes and more."""
    found = []
    while frames:
        size = int.from_bytes(frames[2:4], "big")
        found.append(json.loads(frames[4 : 4 + size]))
        frames = frames[4 + size :]
    return found


def told(*places: tuple[str, int]) -> list[Told]:
    """Messages of markets with their seqs, at successive positions."""
    head = {"type": "trade:executed", "epoch": "e", "slot": 1, "data": {"pad": "x" * 100}}
    return parse_all(
        json.dumps(head | {"market_id": market, "seq": seq, "pos": pos}).encode()
        for pos, (market, seq) in enumerate(places, 1)
    )


@pytest.fixture
def hub() -> Hub:
    freshness = Freshness(stale_after_ms=1000)
    return Hub(freshness, Answers(freshness, 1000), memory_s=60)


def test_a_round_reaches_each_follower_by_one_write(hub: Hub):
    """However many messages it has, each market's once and in order."""
    a, b = Reader(), Reader()
    hub.channel("a").follow(a, 0)
    hub.channel("b").follow(b, 0)
    hub.publish(told(("a", 1), ("b", 1), ("a", 2), ("a", 3)))
    hub.publish(told(("a", 4), ("b", 2), ("a", 5)))

    assert a.heard == [("a", n - 1, n) for n in range(1, 6)]
    assert b.heard == [("b", 0, 1), ("b", 1, 2)]
    assert len(a.writes) == 3  # the first message finds it apart, then one write a round
    assert len(b.writes) == 2


def test_who_falls_into_step_within_a_round_is_told_nothing_twice(hub: Hub):
    """A snapshot newer than the stream: what it holds is skipped, the rest follows."""
    early, late = Reader(), Reader()
    hub.channel("a").follow(early, 0)
    hub.channel("a").follow(late, 2)
    hub.publish(told(*(("a", n) for n in range(1, 6))))

    assert early.heard == [("a", n - 1, n) for n in range(1, 6)]
    assert late.heard == [("a", 2, 3), ("a", 3, 4), ("a", 4, 5)]


def test_who_turns_out_slow_has_been_written_the_whole_round(hub: Hub):
    """Set apart only between rounds, so nothing gathered is lost; later messages are held."""
    follower = Reader()
    channel = hub.channel("a")
    channel.follow(follower, 0)
    hub.slowed(lambda: channel.slow_down(follower))
    hub.publish(told(("a", 1), ("a", 2)))
    hub.publish(told(("a", 3)))

    assert follower.heard == [("a", 0, 1), ("a", 1, 2)]
    assert [message.seq for message in follower.held] == [3]
    assert channel.last_sent(follower) == 2


def test_a_long_backlog_is_told_in_bounded_rounds(hub: Hub):
    """So that a slow client is noticed in between."""
    follower = Reader()
    hub.everything[follower] = follower.write
    hub.publish(told(*(("a", n) for n in range(1, ROUND + 2))))

    assert len(follower.writes) == 2
    assert follower.heard == [("a", n - 1, n) for n in range(1, ROUND + 2)]


def test_who_comes_late_gets_what_it_missed_by_one_write(hub: Hub):
    """From memory, after what it has, in order; and falls into step with the others."""
    hub.publish(told(("a", 1), ("b", 1), ("a", 2), ("a", 3)))
    late, level = Reader(), Reader()
    hub.channel("a").follow(late, 1)
    hub.channel("a").follow(level, 3)

    assert len(late.writes) == 1
    assert late.heard == [("a", 1, 2), ("a", 2, 3)]
    assert level.writes == []
    assert set(hub.channel("a").in_step) == {late, level}
    assert [message.pos for message in hub.since(2)] == [3, 4]
