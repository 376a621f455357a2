"""Heartbeats: each client's in its turn, none left out; and how long a reader rests."""

import asyncio
from collections import Counter

import pytest

from api.answers import Answers
from api.freshness import Freshness
from api.socket.beats import beat
from api.socket.channel import Write
from api.socket.codes import Close
from api.socket.hub import Hub, Member
from api.socket.reader import MAX_CYCLE_S, rest_s
from api.socket.told import Told

CLIENTS, ENOUGH = 300, 1000  # so many heartbeats are more than three each


class Beaten(Member):
    """A member that tells when it was beaten."""

    def __init__(self, beats: Counter[Member], enough: asyncio.Event) -> None:
        self._beats, self._enough = beats, enough
        self.write: Write = lambda _: None

    def hold(self, told: Told) -> None:
        raise AssertionError("nothing is told here")

    def beat(self, now: float) -> None:
        self._beats[self] += 1
        if self._beats.total() >= ENOUGH:
            self._enough.set()

    def end(self, code: Close, reason: str = "") -> None:
        raise AssertionError("nobody is sent away here")


async def test_in_every_interval_each_client_is_sent_a_heartbeat():
    """After some intervals no client has had more than one heartbeat more than another."""
    freshness = Freshness(stale_after_ms=1000)
    hub = Hub(freshness, Answers(freshness, 1000), memory_s=60)
    beats, enough = Counter[Member](), asyncio.Event()
    for _ in range(CLIENTS):
        hub.join(Beaten(beats, enough))
    task = asyncio.create_task(beat(hub, every_ms=50))
    async with asyncio.timeout(20):
        await enough.wait()
    task.cancel()

    assert len(beats) == CLIENTS
    assert max(beats.values()) - min(beats.values()) <= 1


@pytest.mark.parametrize(
    ("round_s", "rest"), [(0.0, 0.0), (0.001, 0.002), (0.02, MAX_CYCLE_S - 0.02), (0.08, 0.0)]
)
def test_a_reader_rests_after_a_round_so_long_as_no_client_notices(round_s: float, rest: float):
    """Twice the round, within a bound on both, and never a negative time."""
    assert rest_s(round_s) == pytest.approx(rest)
