"""raw.land: idempotent, all or nothing per call, in sequence order."""

import asyncio

import asyncpg
import pytest

from ingestion.landing.failures import LandingUnavailable
from ingestion.landing.lander import Lander
from oddsline import postgres
from tests.unit.ingestion.landables import landable


@pytest.fixture
async def lander(bare_database):
    opened = Lander(bare_database, deadline=10)
    yield opened
    await opened.close()


@pytest.fixture
async def owner(bare_database):
    opened = await postgres.connect(bare_database, name="test")
    yield opened
    await opened.close()


async def test_a_transaction_lands_with_its_payload_events_and_instructions(lander, owner):
    """One call fills all four tables, and u64 stays exact."""
    landed = await lander.land([landable(1, events=2)])

    assert landed.fresh == {landable(1).key}
    counts = await owner.fetchrow(
        "select (select count(*) from raw.transactions) as transactions,"
        " (select count(*) from raw.payloads) as payloads,"
        " (select count(*) from raw.events) as events,"
        " (select count(*) from raw.instructions) as instructions"
    )
    assert tuple(counts) == (1, 1, 2, 1)
    assert await owner.fetchval("select args->>'shares' from raw.events limit 1") == str(2**64 - 1)


async def test_landing_twice_changes_nothing(lander, owner):
    """The second call finds everything there and gives out no sequence number."""
    first = await lander.land([landable(1), landable(2)])
    before = await owner.fetch("select * from raw.events order by seq")

    second = await lander.land([landable(1), landable(2)])

    assert second.fresh == frozenset()
    assert second.last_seq is None
    assert first.last_seq is not None
    assert await owner.fetch("select * from raw.events order by seq") == before


async def test_a_signature_lands_in_two_slots(lander, owner):
    """A transaction that fell off a fork can land again elsewhere: both are kept."""
    await lander.land([landable(1, slot=10)])
    await lander.land([landable(1, slot=12)])

    assert await owner.fetchval("select count(*) from raw.transactions") == 2


async def test_sequence_numbers_follow_the_chain_within_a_batch(lander, owner):
    """Whatever the order of a batch, seq grows with slot and position."""
    await lander.land([landable(3, events=2), landable(1, events=2), landable(2)])

    rows = await owner.fetch("select slot, position from raw.events order by seq")
    assert [tuple(row) for row in rows] == [(1, 0), (1, 1), (2, 0), (3, 0), (3, 1)]


async def test_a_slot_beyond_all_partitions_gets_its_own(lander, owner):
    """Partitions are made when first needed, for slots however far apart."""
    await lander.land([landable(1, slot=435_888_000)])
    await lander.land([landable(2, slot=5)])

    slots = await owner.fetch("select slot from raw.events order by slot")
    assert [row["slot"] for row in slots] == [5, 435_888_000]


async def test_listeners_hear_of_new_rows_and_of_nothing_else(lander, owner):
    """One notification a batch, none for duplicates."""
    heard: list[str] = []
    await owner.add_listener("raw_landed", lambda *args: heard.append(args[3]))

    landed = await lander.land([landable(1), landable(2)])
    await lander.land([landable(1)])
    await owner.fetchval("select 1")

    assert heard == [str(landed.last_seq)]


async def test_a_held_landing_lock_is_unavailability_not_a_wait(bare_database, owner):
    """While somebody sits on the lock, landing gives up in time and stores nothing."""
    impatient = Lander(bare_database, lock_timeout=50, deadline=10)
    async with owner.transaction():
        await owner.execute("select pg_advisory_xact_lock(7101)")
        with pytest.raises(LandingUnavailable, match="lock"):
            await impatient.land([landable(1)])
    assert await owner.fetchval("select count(*) from raw.transactions") == 0

    assert (await impatient.land([landable(1)])).fresh
    await impatient.close()


async def test_an_idle_holder_of_the_lock_is_put_out(bare_database, lander):
    """A client that takes the lock and goes to sleep loses its session, and with it the lock."""
    sleeper = await postgres.connect(
        bare_database, name="sleeper", idle_in_transaction_session_timeout="100ms"
    )
    await sleeper.execute("begin")
    await sleeper.execute("select pg_advisory_xact_lock(7101)")

    for _ in range(50):
        try:
            landed = await lander.land([landable(1)])
            break
        except LandingUnavailable:
            await asyncio.sleep(0.05)

    assert landed.fresh == {landable(1).key}
    sleeper.terminate()


async def test_rows_that_postgres_refuses_are_told_from_a_server_that_is_away(lander):
    """A NUL in a text is the row's fault, for ever; the error says so by its type."""
    poison = landable(1)
    row = list(poison.events[0])
    row[6] = "Shares\x00Bought"
    poisoned = type(poison)(poison.slot, poison.signature, poison.transaction, [tuple(row)], [], [])

    with pytest.raises((asyncpg.PostgresError, ValueError)):
        await lander.land([poisoned])


async def test_concurrent_landers_with_the_same_transactions_land_each_once(bare_database, owner):
    """Eight connections race with overlapping batches; seq has no doubles and nothing is missing."""
    landers = [Lander(bare_database, lock_timeout=5000, deadline=20) for _ in range(8)]
    batches = [[landable(n) for n in range(k, k + 40)] for k in range(0, 80, 10)]

    landed = await asyncio.gather(
        *(one.land(batch) for one, batch in zip(landers, batches, strict=True))
    )

    keys = [key for one in landed for key in one.fresh]
    assert len(keys) == len(set(keys)) == 110
    assert await owner.fetchval("select count(distinct seq) from raw.events") == 110
    for one in landers:
        await one.close()
