"""What the fold tells clients, in its own transaction."""

import json
from typing import Any

import asyncpg
import pytest

from tests.support import asyncapi
from tests.support.events import Chain, Market, P, land, replace, retract
from tests.support.marts import fold


async def messages(connection: asyncpg.Connection) -> list[dict[str, Any]]:
    """The outbox's bodies in order, each as the AsyncAPI document describes it."""
    rows = await connection.fetch("select body from live.outbox order by pos")
    bodies = [json.loads(row["body"]) for row in rows]
    for body in bodies:
        asyncapi.check_body(body)
    return bodies


async def test_a_trade_and_the_price_after_it_are_told(connection: asyncpg.Connection) -> None:
    """trade:executed carries the trade as in REST, price:update what the mart then holds."""
    market = Market(Chain(), 1)
    creation, trade = market.created(), market.bought(1, 2 * P, price=P // 4)
    await land(connection, [creation, trade])
    await fold(connection)

    created, executed, price = await messages(connection)

    assert created["type"] == "state:change"
    assert created["data"] == {"from": None, "to": "PROPOSED"}
    assert executed["type"] == "trade:executed"
    assert executed["data"]["amount"] == "550000000"
    assert executed["data"]["trade_id"] == f"{trade.signature}:0.0.0"
    assert executed["data"]["traded_at"] == "2026-01-01T00:00:00Z"
    assert price["type"] == "price:update"
    assert price["data"] == {
        "price_yes": "250000000",
        "price_no": "750000000",
        "shares_yes": "2000000000",
        "shares_no": "0",
        "volume": "550000000",
    }


async def test_positions_have_no_gap_and_seqs_count_per_market(
    connection: asyncpg.Connection,
) -> None:
    """pos is gapless over all markets, seq over one market's messages."""
    chain = Chain()
    markets = [Market(chain, n) for n in range(3)]
    for n in range(4):
        await land(connection, [m.bought(n, P) for m in markets])
        await fold(connection, rows=2)

    told = await messages(connection)

    assert [m["pos"] for m in told] == list(range(1, len(told) + 1))
    for market in markets:
        seqs = [m["seq"] for m in told if m["market_id"] == market.id]
        assert seqs == list(range(1, len(seqs) + 1))
    assert len(told) == 3 * 4 * 2


async def test_every_move_of_a_batch_is_told_from_state_to_state(
    connection: asyncpg.Connection,
) -> None:
    """Four transitions in one batch are four messages that join end to end."""
    market = Market(Chain(), 1)
    await land(connection, [*market.opened(), market.resolved(), market.finalized()])
    await fold(connection)

    moves = [m["data"] for m in await messages(connection) if m["type"] == "state:change"]

    assert [m["to"] for m in moves] == ["PROPOSED", "APPROVED", "ACTIVE", "RESOLVING", "FINALIZED"]
    assert [m["from"] for m in moves] == [None, *(m["to"] for m in moves[:-1])]


async def test_rows_that_arrive_late_are_one_resync(connection: asyncpg.Connection) -> None:
    """Backfilled rows are not told as live: their market gets one resync."""
    market = Market(Chain(), 1)
    late = [replace(market.bought(n, P), source="backfill") for n in range(5)]
    await land(connection, late)
    await fold(connection)

    told = await messages(connection)

    assert [(m["type"], m["market_id"], m["seq"]) for m in told] == [("resync", market.id, 1)]


async def test_a_retraction_names_the_trades_and_the_market_after(
    connection: asyncpg.Connection,
) -> None:
    """Clients learn which trades are gone and what the market is without them."""
    market = Market(Chain(), 1)
    stays, goes = market.bought(1, P, price=P // 4), market.bought(2, P, price=P // 2)
    await land(connection, [*market.opened(), stays, goes])
    await fold(connection)
    before = len(await messages(connection))
    await retract(connection, goes)
    await fold(connection)

    (told,) = (await messages(connection))[before:]

    assert told["type"] == "retract"
    assert told["trade_ids"] == [f"{goes.signature}:0.0.0"]
    assert told["state"]["price_yes"] == "250000000"
    assert told["state"]["state"] == "ACTIVE"


async def test_a_market_without_an_id_is_not_spoken_of(connection: asyncpg.Connection) -> None:
    """Rows whose market_id is not known yet are folded and told to nobody."""
    market = Market(Chain(), 1)
    await land(connection, [replace(market.claimed(1, 5), market_id=None)])
    await fold(connection)

    assert await messages(connection) == []


async def test_a_failed_batch_tells_nothing(connection: asyncpg.Connection) -> None:
    """Marts, messages and cursor move together or not at all."""
    await land(connection, [Market(Chain(), 1).bought(1, P)])
    await connection.execute("alter table marts.trades add check (shares = 0) not valid")

    with pytest.raises(asyncpg.CheckViolationError):
        await fold(connection)

    assert await connection.fetchval("select seq from live.cursors where name = 'events'") == 0
    assert await connection.fetchval("select count(*) from marts.markets") == 0
    assert await messages(connection) == []


async def test_market_rank_follows_what_was_told(connection: asyncpg.Connection) -> None:
    """The copy that lists sort by holds every known market's volume once refreshed."""
    chain = Chain()
    markets = [Market(chain, n) for n in range(3)]
    await land(connection, [m.created() for m in markets])
    await land(connection, [markets[1].bought(1, 5 * P), markets[2].bought(1, P)])
    await fold(connection)
    await connection.execute("select live.refresh_market_rank()")
    again = await connection.fetchval("select live.refresh_market_rank()")

    ranked = await connection.fetch(
        "select market_id from marts.market_rank order by volume desc, market_id"
    )

    assert [r["market_id"] for r in ranked] == [markets[1].id, markets[2].id, markets[0].id]
    assert again == 0


async def test_a_claim_is_told_with_the_markets_votes(connection: asyncpg.Connection) -> None:
    """What changes a market's row without price or state is a market:update."""
    market = Market(Chain(), 1)
    await land(connection, [*market.opened(), market.claimed(1, 5)])
    await fold(connection)

    told = [m for m in await messages(connection) if m["type"] == "market:update"]

    votes = ("proposal_likes", "proposal_dislikes", "dispute_agree", "dispute_disagree")
    assert [set(m["data"]) for m in told] == [set(votes)]
