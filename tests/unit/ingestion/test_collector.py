"""Group commit: who shares a commit, who is told what, and what happens to bad rows."""

import asyncio

import asyncpg
import pytest

from ingestion.landing.collector import Collector
from ingestion.landing.failures import LandingUnavailable
from ingestion.landing.lander import Landed
from tests.unit.ingestion.landables import landable


class FakeLander:
    """A table in memory that lands when let, and refuses what it is told to refuse."""

    def __init__(self, *, poison: frozenset[int] = frozenset(), down: bool = False):
        self.poison = poison
        self.down = down
        self.stored: set[tuple[int, str]] = set()
        self.batches: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    async def land(self, items):
        await self.gate.wait()
        self.batches.append(len(items))
        if self.down:
            raise LandingUnavailable("away")
        if any(item.slot in self.poison for item in items):
            raise asyncpg.exceptions.UntranslatableCharacterError("NUL")
        fresh = {item.key for item in items} - self.stored
        self.stored |= fresh
        return Landed(frozenset(fresh), 1)

    async def close(self):
        self.closed = True


async def started(lander, **limits):
    collector = Collector([lander], **limits)
    collector.start()
    return collector


async def test_requests_that_arrive_during_a_commit_share_the_next_one():
    """One commit for the first, one for the nine that came meanwhile."""
    lander = FakeLander()
    lander.gate.clear()
    collector = await started(lander)
    requests = [asyncio.create_task(collector.land([landable(n)])) for n in range(10)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    lander.gate.set()
    outcomes = await asyncio.gather(*requests)
    await collector.close()

    assert sum(o.landed for o in outcomes) == 10
    assert sum(lander.batches) == 10
    assert len(lander.batches) <= 2


async def test_a_request_is_never_split_over_two_commits():
    """A batch closes before a request that would not fit whole."""
    lander = FakeLander()
    collector = await started(lander, batch=5)
    await asyncio.gather(
        collector.land([landable(n) for n in range(3)]),
        collector.land([landable(n) for n in range(3, 6)]),
        collector.land([landable(n) for n in range(6, 18)]),
    )
    await collector.close()

    assert lander.batches == [3, 3, 12]


async def test_the_same_transaction_in_two_requests_is_new_once():
    """The first is told landed, the second duplicate, though one commit held both."""
    lander = FakeLander()
    collector = await started(lander)
    first, second = await asyncio.gather(
        collector.land([landable(1)]), collector.land([landable(1), landable(2)])
    )
    await collector.close()

    assert (first.landed, first.duplicates) == (1, 0)
    assert (second.landed, second.duplicates) == (1, 1)


async def test_a_transaction_twice_in_one_request_is_one_duplicate():
    """Helius states that duplicates happen."""
    collector = await started(FakeLander())
    outcome = await collector.land([landable(1), landable(1)])
    await collector.close()

    assert (outcome.landed, outcome.duplicates) == (1, 1)


async def test_one_bad_row_costs_the_others_nothing():
    """The rows PostgreSQL refuses are named with its reason; all others land."""
    lander = FakeLander(poison=frozenset({3}))
    collector = await started(lander)
    healthy, mixed = await asyncio.gather(
        collector.land([landable(1), landable(2)]), collector.land([landable(3), landable(4)])
    )
    await collector.close()

    assert (healthy.landed, healthy.refused) == (2, [])
    assert mixed.landed == 1
    assert [(item.slot, why) for item, why in mixed.refused] == [
        (3, "UntranslatableCharacterError: NUL")
    ]
    assert {slot for slot, _ in lander.stored} == {1, 2, 4}


async def test_every_sender_of_a_refused_row_is_told():
    """A second sender of a bad row must not take it for a stored duplicate."""
    collector = await started(FakeLander(poison=frozenset({3})))
    outcomes = await asyncio.gather(collector.land([landable(3)]), collector.land([landable(3)]))
    await collector.close()

    assert [(o.landed, o.duplicates, len(o.refused)) for o in outcomes] == [(0, 0, 1)] * 2


async def test_nothing_is_acknowledged_when_the_server_is_away():
    """Every waiting request fails; none is told it landed."""
    collector = await started(FakeLander(down=True))
    with pytest.raises(LandingUnavailable):
        await collector.land([landable(1)])
    await collector.close()


async def test_too_much_waiting_turns_requests_away():
    """Memory stays flat when PostgreSQL is slower than the chain."""
    lander = FakeLander()
    lander.gate.clear()
    collector = await started(lander, pending=3)
    first = asyncio.create_task(collector.land([landable(n) for n in range(3)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # taken up by the worker: nothing waits
    second = asyncio.create_task(collector.land([landable(n) for n in range(3, 6)]))
    await asyncio.sleep(0)
    assert collector.waiting == 3

    with pytest.raises(LandingUnavailable, match="waiting"):
        await collector.land([landable(9)])

    lander.gate.set()
    assert (await first).landed == (await second).landed == 3
    await collector.close()


async def test_closing_lands_what_waits_and_takes_no_more():
    """A drain finishes what was begun."""
    lander = FakeLander()
    lander.gate.clear()
    collector = await started(lander)
    waiting = asyncio.create_task(collector.land([landable(1)]))
    await asyncio.sleep(0)
    closing = asyncio.create_task(collector.close())
    await asyncio.sleep(0)

    with pytest.raises(LandingUnavailable, match="closing"):
        await collector.land([landable(2)])
    lander.gate.set()
    await closing

    assert (await waiting).landed == 1
    assert lander.closed


async def test_a_request_whose_sender_gave_up_before_its_turn_is_not_landed_for_it():
    """A cancelled request leaves the queue without harm to the next."""
    lander = FakeLander()
    lander.gate.clear()
    collector = await started(lander)
    first = asyncio.create_task(collector.land([landable(1)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone = asyncio.create_task(collector.land([landable(2)]))
    last = asyncio.create_task(collector.land([landable(3)]))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    lander.gate.set()
    await asyncio.gather(first, last)
    await collector.close()

    assert {slot for slot, _ in lander.stored} == {1, 3}
