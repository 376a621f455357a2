"""Input that the program should never send: nothing stops the fold, and all of it is seen."""

import random

import asyncpg
import pytest

from tests.support.events import Chain, Event, Market, P, land, replace, wallet
from tests.support.marts import assert_equals_rebuild, fold

U64 = 2**64 - 1


@pytest.fixture
def market() -> Market:
    """The market that something is wrong with."""
    return Market(Chain(), 1)


async def folded(connection: asyncpg.Connection, *events: Event) -> None:
    """Land these and then another market's first trade, which must be there after the fold."""
    await land(connection, events)
    await fold(connection)
    later = Market(Chain(2, first_slot=300_001_000), 2)
    await land(connection, [*later.opened(), later.bought(5, P)])
    await fold(connection)

    await assert_equals_rebuild(connection)
    seen = "select state, trade_count from marts.markets where market_address = $1"
    assert tuple(await connection.fetchrow(seen, later.address)) == ("ACTIVE", 1)


async def row_of(connection: asyncpg.Connection, market: Market) -> asyncpg.Record:
    return await connection.fetchrow(
        "select * from marts.markets where market_address = $1", market.address
    )


async def letters(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("select count(*) from ops.dead_letters"))


@pytest.mark.parametrize("seed", range(3))
async def test_events_of_a_market_never_created_fold_in_any_order(
    connection: asyncpg.Connection, market: Market, seed: int
) -> None:
    """The market stands with its state and sums, and shows that nobody has seen its creation."""
    trades = [market.bought(1, 4 * P), market.sold(1, P), market.bought(2, P, yes=False)]
    events = [*trades, market.resolved(), market.finalized(True), market.claimed(1, 3)]
    random.Random(seed).shuffle(events)
    for event in events:
        await land(connection, [event])
        await fold(connection)
    await folded(connection)

    row = await row_of(connection, market)
    assert (row["state"], row["final_outcome"], row["trade_count"]) == ("FINALIZED", "YES", 3)
    assert (row["shares_yes"], row["shares_no"]) == (3 * P, P)
    assert (row["creator"], row["created_at"], row["initial_liquidity"]) == (None, None, None)
    claim = await connection.fetchrow("select wallet, amount from marts.payouts")
    assert tuple(claim) == (wallet(1), 3)


async def test_a_claim_before_its_market_is_kept_and_joined_once_the_market_comes(
    connection: asyncpg.Connection, market: Market
) -> None:
    """A claim carries only the address: its rows are there at once, the id comes with the market."""
    await folded(connection, replace(market.claimed(1, 5), market_id=None))
    before = await row_of(connection, market)
    paid = await connection.fetchval("select amount from marts.payouts")
    await land(connection, [market.created()])
    await fold(connection)
    await assert_equals_rebuild(connection)

    after = await row_of(connection, market)
    assert (before["market_id"], before["state"], paid) == (None, None, 5)
    assert (after["market_id"], after["state"]) == (market.id, "PROPOSED")
    held = await connection.fetchrow(
        "select claimed, trade_count, first_trade_at from marts.positions where wallet = $1",
        wallet(1),
    )
    assert tuple(held) == (5, 0, None)


async def test_a_trade_of_zero_shares_is_a_trade_and_moves_nothing(
    connection: asyncpg.Connection, market: Market
) -> None:
    """It is counted and listed; sums stay as they were."""
    await folded(connection, *market.opened(), market.bought(1, 0), market.bought(2, P))

    row = await row_of(connection, market)
    assert (row["trade_count"], row["shares_yes"], row["volume"]) == (2, P, 550_000_000)
    listed = "select shares from marts.trades where buyer = $1"
    assert await connection.fetchval(listed, wallet(1)) == 0
    assert await letters(connection) == 0


async def test_u64_maximum_is_added_exactly_and_one_more_is_a_dead_letter(
    connection: asyncpg.Connection, market: Market
) -> None:
    """Two of them are more than eight bytes hold, and stand to the unit; 2^64 no program can say."""
    huge = market.bought(1, P)
    huge = replace(huge, args=huge.args | {"shares": U64, "cost": U64})
    over = market.bought(2, P)
    over = replace(over, args=over.args | {"shares": U64 + 1})
    await folded(connection, *market.opened(), huge, replace(huge, signature="again"), over)

    row = await row_of(connection, market)
    assert (row["volume"], row["shares_yes"], row["trade_count"]) == (2 * U64, 2 * U64, 2)
    letter = await connection.fetchrow("select kind, key, reason from ops.dead_letters")
    assert (letter["kind"], letter["reason"]) == ("fold", "unreadable: shares")
    assert letter["key"].startswith(over.signature)


async def test_an_invalid_outcome_ends_a_market_and_settles_its_positions(
    connection: asyncpg.Connection, market: Market
) -> None:
    """No outcome is INVALID, not undecided; a trade of no side is a dead letter."""
    begun = [*market.opened(), market.bought(1, 8 * P)]
    sideless = market.bought(3, P)
    sideless = replace(sideless, args=sideless.args | {"outcome": None})
    ended = [market.resolved(), market.finalized(None), market.claimed(1, 4)]
    await folded(connection, *begun, sideless, *ended)

    row = await row_of(connection, market)
    assert (row["state"], row["final_outcome"]) == ("FINALIZED", "INVALID")
    assert (row["proposed_outcome"], row["trade_count"]) == ("YES", 1)
    settled = await connection.fetchrow(
        "select is_settled, realized_pnl, invested from marts.position_pnl where wallet = $1",
        wallet(1),
    )
    assert settled["is_settled"]
    assert settled["realized_pnl"] == 4 - settled["invested"]
    assert await connection.fetchval("select reason from ops.dead_letters") == "unreadable: outcome"


async def test_a_cancelled_market_that_trades_stays_cancelled_and_shows_the_trades(
    connection: asyncpg.Connection, market: Market
) -> None:
    """What the chain says was traded is counted; the state is what the last move made it."""
    events = [
        market.created(),
        market.event("MarketCancelled", {"cancelled_by": wallet(9)}),
        market.bought(1, 2 * P),
        market.sold(1, P),
    ]
    await folded(connection, *events)

    row = await row_of(connection, market)
    assert (row["state"], row["trade_count"], row["shares_yes"]) == ("CANCELLED", 2, P)
    late = await connection.fetchval(
        "select count(*) from marts.trades as t inner join marts.lifecycle_events as e"
        " on t.market_address = e.market_address and t.chain_order > e.chain_order"
        " where e.to_state = 'CANCELLED'"
    )
    assert late == 2


async def test_old_and_new_winnings_claimed_are_both_paid_and_only_the_told_reward_is_told(
    connection: asyncpg.Connection, market: Market
) -> None:
    """The old layout names the reward; of a new one that tells nothing the reward is null, not 0."""
    old = market.claimed(1, 5, reward=2)
    old = replace(old, args=old.args | {"resolver_fee": 2})
    new = market.claimed(2, 7, reward=None)
    await folded(connection, *market.opened(), market.finalized(True), old, new)

    paid = await connection.fetch(
        "select wallet, amount, reward from marts.payouts order by amount"
    )
    assert [tuple(row) for row in paid] == [(wallet(1), 5, 2), (wallet(2), 7, None)]
    vault = await connection.fetchrow(
        "select claimed, rewards from marts.market_vaults where market_address = $1", market.address
    )
    assert tuple(vault) == (12, 2)
    assert await letters(connection) == 0
