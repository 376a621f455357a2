"""Leases, fences and guarded moves of intents in a real database."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from chain.keeper.fees import Quote
from chain.keeper.states import MOVES, ForbiddenMove, Stage, guard
from chain.keeper.store import Ending, Intent, LeaseLost, Store
from chain.keeper.transaction import Signed
from oddsline import postgres

SIGNED = Signed("sig", b"\x01", 150, 1)
QUOTE = Quote(1000, 1, 5001)
OPEN = """
insert into ops.transitions (idempotency_key, market_address, action, role)
select 'k' || n, 'm' || n, 'activate_market', 'activator' from generate_series(1, $1) as n
"""


@pytest.fixture
async def pool(bare_database: str) -> AsyncIterator[asyncpg.Pool]:
    """Intents need no marts."""
    made = await postgres.open_pool(bare_database, name="test", max_size=4)
    yield made
    await made.close()


async def opened(pool: asyncpg.Pool, count: int = 1) -> None:
    await pool.execute(OPEN, count)


async def test_the_states_are_the_databases(pool: asyncpg.Pool):
    """The enum in every layer is one."""
    rows = await pool.fetch("select unnest(enum_range(null::ops.transition_state))::text as name")

    assert {row["name"] for row in rows} == set(Stage) == set(MOVES)


async def test_two_keepers_never_lease_the_same_intent(pool: asyncpg.Pool):
    await opened(pool, 10)
    first, second = Store(pool, "a", 60), Store(pool, "b", 60)

    mine, theirs = await first.claim(6), await second.claim(6)

    assert len(mine) == 6
    assert len(theirs) == 4
    assert not {intent.id for intent in mine} & {intent.id for intent in theirs}


async def test_a_stale_keeper_may_neither_sign_nor_finish(pool: asyncpg.Pool):
    """Its lease ran out and another took over: its fence no longer matches."""
    await opened(pool)
    stale, fresh = Store(pool, "a", -1), Store(pool, "b", 60)
    (old,) = await stale.claim(1)
    (new,) = await fresh.claim(1)

    with pytest.raises(LeaseLost):
        await stale.signed(old, SIGNED, QUOTE)
    with pytest.raises(LeaseLost):
        await stale.finished(old, Stage.LEASED, Ending(Stage.DONE, {"how": "already"}))
    await fresh.signed(new, SIGNED, QUOTE)
    assert new.fence == old.fence + 1


async def test_a_lease_that_ran_out_may_not_sign_even_untaken(pool: asyncpg.Pool):
    await opened(pool)
    late = Store(pool, "a", -1)
    (intent,) = await late.claim(1)

    with pytest.raises(LeaseLost):
        await late.signed(intent, SIGNED, QUOTE)


async def test_what_was_sent_is_taken_over_with_its_bytes(pool: asyncpg.Pool):
    await opened(pool)
    first = Store(pool, "a", 60)
    (intent,) = await first.claim(1)
    await first.signed(intent, SIGNED, QUOTE)
    await pool.execute(
        "update ops.transitions set lease_until = clock_timestamp() - interval '1 s'"
    )

    (again,) = await Store(pool, "b", 60).claim(1)

    assert (again.stage, again.signed) == (Stage.SENT, SIGNED)
    assert again.attempts == intent.attempts == 1


async def test_a_pause_takes_nothing_new_and_still_follows_what_was_sent(pool: asyncpg.Pool):
    await opened(pool, 2)
    store = Store(pool, "a", 60)
    (intent,) = await store.claim(1)
    await store.signed(intent, SIGNED, QUOTE)
    await pool.execute(
        "update ops.transitions set lease_until = clock_timestamp() - interval '1 s'"
    )
    await pool.execute("update ops.keeper_switch set paused = true")

    taken = await store.claim(10)

    assert [one.id for one in taken] == [intent.id]
    assert await store.paused()


async def test_every_move_leaves_its_history(pool: asyncpg.Pool):
    await opened(pool)
    store = Store(pool, "a", 60)
    (intent,) = await store.claim(1)
    await store.signed(intent, SIGNED, QUOTE)
    await store.expired(intent, SIGNED, {"finalized_height": 151})
    await store.postponed(intent, 0, "away")
    (intent,) = await store.claim(1)
    await store.finished(intent, Stage.LEASED, Ending(Stage.DONE, {"how": "already"}))

    rows = await pool.fetch(
        "select from_state, to_state from ops.transition_history where transition_id = $1 order by id",
        intent.id,
    )

    moves = [(row["from_state"], row["to_state"]) for row in rows]
    assert moves == [
        ("open", "leased"),
        ("leased", "sent"),
        ("sent", "leased"),
        ("leased", "open"),
        ("open", "leased"),
        ("leased", "done"),
    ]
    assert await store.signatures(intent) == ["sig"]
    assert await store.spent_today() == QUOTE.fee_lamports


@pytest.mark.parametrize("after", sorted(set(Stage) - {Stage.SENT, Stage.OPEN}))
def test_what_is_done_moves_no_more_but_for_a_fork(after: Stage):
    with pytest.raises(ForbiddenMove):
        guard(Stage.DONE, after)


async def done(pool: asyncpg.Pool, *, ours: bool = True) -> tuple[Store, Intent]:
    """An intent that is done but not known to be final."""
    await opened(pool)
    store = Store(pool, "a", 60)
    (intent,) = await store.claim(1)
    if ours:
        await store.signed(intent, SIGNED, QUOTE)
    before = Stage.SENT if ours else Stage.LEASED
    await store.finished(intent, before, Ending(Stage.DONE, {"how": "landed"}, 7 if ours else None))
    return store, intent


async def test_what_is_done_is_looked_at_until_it_is_final(pool: asyncpg.Pool):
    store, intent = await done(pool)

    (seen,) = await store.unfinal(10, 0)
    (again,) = await store.unfinal(10, 60)

    assert (seen.id, seen.stage, seen.signed, seen.landed_slot) == (intent.id, "done", SIGNED, 7)
    assert again == seen
    assert await store.unfinal(10, 0) == []  # the next look is a minute away
    await store.final([intent.id])
    assert not await store.fallen(intent, {})


@pytest.mark.parametrize(("ours", "after"), [(True, Stage.SENT), (False, Stage.OPEN)])
async def test_what_a_fork_took_back_is_sent_with_its_bytes_or_open(
    pool: asyncpg.Pool, ours: bool, after: Stage
):
    """Once, whoever sees it first; the next lease goes on with the very transaction."""
    store, _ = await done(pool, ours=ours)
    (seen,) = await store.unfinal(1, 0)

    assert await store.fallen(seen, {"fallen": "sig"})
    assert not await store.fallen(seen, {"fallen": "sig"})

    state = await pool.fetchval("select state from ops.transitions")
    (again,) = await Store(pool, "b", 60).claim(1)
    assert state == after
    assert again.signed == (SIGNED if ours else None)
