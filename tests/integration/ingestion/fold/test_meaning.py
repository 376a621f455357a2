"""What the columns of the marts mean, event by event."""

from datetime import UTC, datetime

import asyncpg

from tests.support.events import EPOCH, Chain, Event, Market, P, land, replace, wallet
from tests.support.marts import assert_equals_rebuild, fold


async def market_row(connection: asyncpg.Connection, market: Market) -> asyncpg.Record:
    """The market as the mart has it, after a fold that equals a rebuild."""
    await fold(connection)
    await assert_equals_rebuild(connection)
    return await connection.fetchrow(
        "select * from marts.markets where market_address = $1", market.address
    )


async def test_a_market_carries_its_creation(connection: asyncpg.Connection) -> None:
    """initial_liquidity is create_market's argument; times are the event's own."""
    market = Market(Chain(), 1)
    await land(connection, [market.created(b=150 * P, liquidity=105 * P)])

    row = await market_row(connection, market)

    assert (row["state"], row["market_id"], row["creator"]) == ("PROPOSED", market.id, wallet(0))
    assert (row["b_parameter"], row["initial_liquidity"]) == (150 * P, 105 * P)
    assert row["created_at"] == datetime.fromtimestamp(EPOCH, UTC)
    assert row["price_yes"] is None
    assert (row["volume"], row["trade_count"], row["was_disputed"]) == (0, 0, False)


async def test_volume_counts_amounts_and_gross_apart(connection: asyncpg.Connection) -> None:
    """volume = cost and net proceeds; volume_gross = cost and gross; shares = bought - sold."""
    market = Market(Chain(), 1)
    buy, sell = market.bought(1, 10 * P, price=P // 2), market.sold(1, 4 * P, price=P // 2)
    await land(connection, [*market.opened(), buy, sell, market.claimed(1, 5)])

    row = await market_row(connection, market)

    assert row["volume"] == 5_500_000_000 + 1_800_000_000
    assert row["volume_gross"] == 5_500_000_000 + 2_000_000_000
    assert (row["shares_yes"], row["shares_no"]) == (6 * P, 0)
    assert (row["trade_count"], row["price_yes"]) == (2, P // 2)


async def test_last_is_by_chain_order_not_by_arrival(connection: asyncpg.Connection) -> None:
    """A trade that arrives late but came earlier on chain changes neither price nor last trade."""
    market = Market(Chain(), 1)
    opened = market.opened()
    early, late = market.bought(1, P, price=P // 4), market.bought(2, P, price=P // 2)
    await land(connection, [*opened, late])
    await fold(connection)
    await land(connection, [early])

    row = await market_row(connection, market)

    assert row["price_yes"] == P // 2
    assert row["last_trade_at"] == datetime.fromtimestamp(late.args["timestamp"], UTC)


async def test_an_unknown_place_in_a_block_sorts_last_in_its_slot(
    connection: asyncpg.Connection,
) -> None:
    """A transaction whose index is not known yet counts as the slot's last."""
    market = Market(Chain(), 1)
    known = market.bought(1, P, price=P // 4)
    unknown = replace(market.bought(2, P, price=P // 2), slot=known.slot, tx_index=None)
    await land(connection, [unknown, replace(known, tx_index=900)])

    row = await market_row(connection, market)

    assert row["price_yes"] == P // 2


async def test_disputes_count_as_finalize_was_told(connection: asyncpg.Connection) -> None:
    """finalize_market's arguments stand above DisputeAggregated, even one that came later."""
    market = Market(Chain(), 1)
    tally = {"agrees": 1, "disagrees": 9, "dispute_succeeded": True}
    finalized = market.finalized(False, tally=(7, 3))
    aggregated = market.event("DisputeAggregated", tally)
    await land(connection, [market.created(), finalized, aggregated])

    row = await market_row(connection, market)

    assert (row["dispute_agree"], row["dispute_disagree"]) == (7, 3)
    assert (row["final_outcome"], row["was_disputed"]) == ("NO", True)


async def test_an_aggregated_dispute_alone_gives_its_counts(connection: asyncpg.Connection) -> None:
    """Without finalize_market the last DisputeAggregated counts; failed, it ends the market."""
    market = Market(Chain(), 1)
    tally = {"agrees": 1, "disagrees": 9, "dispute_succeeded": False}
    events = [*market.opened(), market.resolved(), market.disputed()]
    await land(connection, [*events, market.event("DisputeAggregated", tally)])

    row = await market_row(connection, market)

    assert (row["dispute_agree"], row["dispute_disagree"]) == (1, 9)
    assert (row["state"], row["final_outcome"]) == ("FINALIZED", "INVALID")


async def test_the_last_proposal_count_stands(connection: asyncpg.Connection) -> None:
    """Likes and dislikes are those of the last ProposalAggregated by chain order."""
    market = Market(Chain(), 1)
    first = market.event("ProposalAggregated", {"likes": 1, "dislikes": 2, "approved": False})
    last = market.event("ProposalAggregated", {"likes": 9, "dislikes": 3, "approved": True})
    await land(connection, [market.created(), last, first])

    row = await market_row(connection, market)

    assert (row["proposal_likes"], row["proposal_dislikes"]) == (9, 3)
    assert row["state"] == "PROPOSED"


async def test_an_undecided_end_is_invalid(connection: asyncpg.Connection) -> None:
    """A finalization without an outcome is INVALID, not undecided."""
    market = Market(Chain(), 1)
    await land(connection, [*market.opened(), market.resolved(), market.finalized(None)])

    row = await market_row(connection, market)

    assert (row["state"], row["final_outcome"]) == ("FINALIZED", "INVALID")
    assert row["proposed_outcome"] == "YES"


async def test_a_mirrored_event_is_not_counted(connection: asyncpg.Connection) -> None:
    """A CPI event that repeats a log event of its transaction is kept in raw only."""
    market = Market(Chain(), 1)
    trade = market.bought(1, P)
    await land(connection, [trade, replace(trade, kind="cpi", mirrored=True)])

    row = await market_row(connection, market)

    assert row["trade_count"] == 1


async def test_a_trade_names_both_sides(connection: asyncpg.Connection) -> None:
    """The market maker's side of a trade is the market's address."""
    market = Market(Chain(), 1)
    buy, sell = market.bought(1, 2 * P), market.sold(1, P)
    await land(connection, [buy, sell])
    await fold(connection)

    rows = await connection.fetch("select * from marts.trades order by chain_order")

    assert [(r["buyer"], r["seller"]) for r in rows] == [
        (wallet(1), market.address),
        (market.address, wallet(1)),
    ]
    assert [r["trade_id"] for r in rows] == [_trade_id(buy), _trade_id(sell)]
    assert [(r["amount"], r["gross"], r["fee"]) for r in rows] == [
        (1_100_000_000, 1_000_000_000, 100_000_000),
        (450_000_000, 500_000_000, 50_000_000),
    ]


def _trade_id(event: Event) -> str:
    return f"{event.signature}:{event.outer}.{event.inner_path}.{event.ordinal}"
