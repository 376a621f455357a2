"""What turns out otherwise later is taken back, in every mart at once."""

import random

import asyncpg
import pytest

from tests.support.events import Chain, Market, P, land, lives, replace, retract, revise, wallet
from tests.support.marts import assert_equals_rebuild, fold


async def test_a_retracted_trade_is_subtracted_everywhere(connection: asyncpg.Connection) -> None:
    """Volume, shares, price, last trade and position are as if it had never been."""
    market = Market(Chain(), 1)
    stays, goes = market.bought(1, P, price=P // 4), market.bought(2, 3 * P, price=P // 2)
    await land(connection, [*market.opened(), stays, goes])
    await fold(connection)
    await retract(connection, goes)
    await fold(connection)

    await assert_equals_rebuild(connection)
    row = await connection.fetchrow("select * from marts.markets")
    assert (row["trade_count"], row["shares_yes"], row["price_yes"]) == (1, P, P // 4)
    assert await connection.fetchval("select count(*) from marts.trades") == 1
    holders = await connection.fetch("select wallet from marts.positions")
    assert [r["wallet"] for r in holders] == [wallet(1)]


async def test_a_retracted_transition_gives_back_the_state_before(
    connection: asyncpg.Connection,
) -> None:
    """A market whose resolution fell off its fork is ACTIVE again."""
    market = Market(Chain(), 1)
    resolution = market.resolved()
    await land(connection, [*market.opened(), resolution])
    await fold(connection)
    await retract(connection, resolution)
    await fold(connection)

    await assert_equals_rebuild(connection)
    row = await connection.fetchrow("select * from marts.markets")
    assert (row["state"], row["resolver"], row["proposed_outcome"]) == ("ACTIVE", None, None)


async def test_a_transaction_that_landed_again_counts_once(connection: asyncpg.Connection) -> None:
    """Off one slot and on in another: one trade, in the slot where it stands."""
    market = Market(Chain(), 1)
    first = market.bought(1, P)
    again = replace(first, slot=first.slot + 3)
    await land(connection, [first])
    await fold(connection)
    await retract(connection, first)
    await land(connection, [again])
    await fold(connection)

    await assert_equals_rebuild(connection)
    assert await connection.fetchval("select slot from marts.trades") == again.slot


async def test_a_redecoded_event_replaces_what_stood(connection: asyncpg.Connection) -> None:
    """The row the revision carries holds from now on."""
    market = Market(Chain(), 1)
    wrong = market.bought(1, P)
    right = replace(wrong, args=wrong.args | {"shares": 5 * P})
    await land(connection, [wrong])
    await fold(connection)
    await revise(connection, wrong, right)
    await fold(connection)

    await assert_equals_rebuild(connection)
    assert await connection.fetchval("select shares_yes from marts.positions") == 5 * P


async def test_a_revision_before_its_row_holds_for_it(connection: asyncpg.Connection) -> None:
    """A retraction that arrives before the event it speaks of keeps it out."""
    market = Market(Chain(), 1)
    goes = market.bought(2, P)
    await retract(connection, goes)
    await land(connection, [market.bought(1, P), goes])
    await fold(connection)

    rows = await assert_equals_rebuild(connection)
    assert rows["trades"] == 1


async def test_a_learned_place_in_the_block_moves_the_last_price(
    connection: asyncpg.Connection,
) -> None:
    """Once its index is known, a trade no longer counts as its slot's last."""
    market = Market(Chain(), 1)
    later = replace(market.bought(1, P, price=P // 4), tx_index=5)
    unknown = replace(market.bought(2, P, price=P // 2), slot=later.slot, tx_index=None)
    await land(connection, [later, unknown])
    await fold(connection)
    before = await connection.fetchval("select price_yes from marts.markets")
    await revise(connection, unknown, replace(unknown, tx_index=2))
    await fold(connection)

    await assert_equals_rebuild(connection)
    assert before == P // 2
    assert await connection.fetchval("select price_yes from marts.markets") == P // 4


@pytest.mark.parametrize("seed", range(3))
async def test_revisions_in_any_order_equal_a_rebuild(
    connection: asyncpg.Connection, seed: int
) -> None:
    """Retractions, replacements and restorations among live folding leave no trace of the old."""
    rng = random.Random(seed)
    events = lives(markets=5, trades=100, seed=seed)
    for start in range(0, len(events), 25):
        await land(connection, events[start : start + 25])
        for _ in range(3):
            event = rng.choice(events[: start + 25])
            if rng.random() < 0.5:
                await retract(connection, event)
            else:
                await revise(connection, event, event)
        if rng.random() < 0.6:
            await fold(connection, rows=rng.choice([3, 30, 20_000]))
    await fold(connection)

    await assert_equals_rebuild(connection)


@pytest.mark.parametrize("retracted", ["the highest", "another"])
async def test_a_candle_loses_its_high_only_with_the_trade_that_made_it(
    connection: asyncpg.Connection, retracted: str
) -> None:
    """An extreme is what the trades that are left make it; sums are less by the one that went."""
    market = Market(Chain(), 1)
    low, high, last = (market.bought(1, P, price=P * n // 10) for n in (2, 8, 5))
    await land(connection, [*market.opened(), low, high, last])
    await fold(connection)
    await retract(connection, high if retracted == "the highest" else low)
    await fold(connection)

    await assert_equals_rebuild(connection)
    candle = await connection.fetchrow(
        "select high, low, close, trade_count from marts.candles where interval = '1d'"
    )
    assert candle is not None
    extremes = (P // 2, P // 5) if retracted == "the highest" else (P * 8 // 10, P // 2)
    assert tuple(candle) == (*extremes, P // 2, 2)


#: Rows of raw.events that this transaction has read so far, by whatever path.
_ROWS_READ = """
    select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::bigint
    from pg_stat_xact_user_tables where schemaname = 'raw' and relname like 'events%'
"""


async def _read_to_fold(connection: asyncpg.Connection, model: str) -> int:
    """How many raw events a model's own function reads to fold what is new; nothing is kept."""
    lo = await connection.fetchval("select seq from live.cursors where name = 'events'")
    hi = await connection.fetchval("select max(seq) from raw.revisions")
    transaction = connection.transaction()
    await transaction.start()
    before = await connection.fetchval(_ROWS_READ)
    call = f"select live.fold_{model}(live.event_array($1, $2), $1, $2, 0, 0)"
    await connection.execute(call, lo, hi)
    read = await connection.fetchval(_ROWS_READ) - before
    await transaction.rollback()
    return int(read)


async def test_taking_back_one_of_many_trades_reads_few_rows(
    connection: asyncpg.Connection,
) -> None:
    """Its cost does not grow with the market: sums are less by it, the history stays unread."""
    market = Market(Chain(), 1)
    trades = [market.bought(n % 5, P, price=P * (20 + n % 7) // 100) for n in range(1500)]
    await land(connection, [*market.opened(), *trades])
    await fold(connection)
    # Here the whole table is a few pages; by index is how a big one is read.
    await connection.execute("analyze raw.events; set enable_seqscan = off")
    await retract(connection, trades[700])

    adding = ("markets", "positions", "candles", "wallet_daily")
    read = {model: await _read_to_fold(connection, model) for model in adding}
    await fold(connection)

    await assert_equals_rebuild(connection)
    row = await connection.fetchrow("select trade_count, shares_yes from marts.markets")
    assert row is not None
    assert tuple(row) == (1499, 1499 * P)
    assert max(read.values()) < 150, read


async def test_taking_back_the_last_trade_computes_its_market_anew(
    connection: asyncpg.Connection,
) -> None:
    """The price is the last trade's: with it gone, the one before is looked for in the history."""
    market = Market(Chain(), 1)
    trades = [market.bought(n % 5, P, price=P * (20 + n) // 400) for n in range(300)]
    await land(connection, [*market.opened(), *trades])
    await fold(connection)
    await retract(connection, trades[-1])

    await fold(connection)

    await assert_equals_rebuild(connection)
    price = await connection.fetchval("select price_yes from marts.markets")
    assert price == trades[-2].args["new_price_yes"]
