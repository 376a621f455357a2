"""What candles, votes and daily sums mean."""

from datetime import UTC, datetime, timedelta

import asyncpg

from tests.support.events import EPOCH, Chain, Event, Market, P, land, replace, wallet
from tests.support.marts import assert_equals_rebuild, fold


def at(event: Event, seconds: int) -> Event:
    """The event at another chain time."""
    return replace(event, args=event.args | {"timestamp": EPOCH + seconds})


async def test_a_candle_is_made_of_its_own_trades_alone(connection: asyncpg.Connection) -> None:
    """Open is the bucket's first by chain order, not the close before it; arrival never shows."""
    market = Market(Chain(), 1)
    prices = [(10, 30), (20, 50), (59, 20), (61, 70)]
    trades = [at(market.bought(1, P, price=p * P // 100), s) for s, p in prices]
    await land(connection, trades[::-1])
    await fold(connection, rows=1)

    await assert_equals_rebuild(connection)
    rows = await connection.fetch(
        "select * from marts.candles where interval = '1m' order by bucket"
    )
    first, second = ([float(r[k] / P) for k in ("open", "high", "low", "close")] for r in rows)
    assert first == [0.3, 0.5, 0.2, 0.2]
    assert second == [0.7, 0.7, 0.7, 0.7]
    start = datetime.fromtimestamp(EPOCH, UTC)
    assert [r["bucket"] for r in rows] == [start, start + timedelta(minutes=1)]
    assert rows[0]["trade_count"] == 3
    assert await connection.fetchval("select count(*) from marts.candles") == 2 + 1 + 1 + 1


async def ballot(
    connection: asyncpg.Connection,
    market: Market,
    who: int,
    choice: str,
    *,
    nonce: int,
    opening: str,
) -> None:
    """A ballot as intake stores it."""
    await connection.execute(
        "select raw.cast_ballots($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [market.id],
        [market.address],
        ["proposal"],
        [opening],
        [wallet(who)],
        [choice],
        [nonce],
        [datetime.now(UTC)],
        [datetime.now(UTC)],
        ["raw"],
        [b"text"],
        ["signature"],
    )


async def test_a_wallet_counts_once_and_its_vote_on_chain_first(
    connection: asyncpg.Connection,
) -> None:
    """The newest ballot stands; a vote cast on chain in the same round stands above it."""
    market = Market(Chain(), 1)
    creation = market.created()
    await land(connection, [creation, market.voted(1, like=False)])
    for who, choice, nonce in ((1, "like", 1), (2, "like", 1), (2, "dislike", 2)):
        await ballot(connection, market, who, choice, nonce=nonce, opening=creation.signature)
    await ballot(connection, market, 1, "like", nonce=3, opening="another round")
    await fold(connection)

    rows = await assert_equals_rebuild(connection)
    votes = await connection.fetch(
        "select wallet, choice, source from marts.votes where round = $1 and kind = 'proposal'",
        creation.signature,
    )
    assert {tuple(v) for v in votes} == {
        (wallet(1), "dislike", "onchain"),
        (wallet(2), "dislike", "offchain"),
    }
    assert await connection.fetchval("select count(*) from marts.votes") == 3
    assert (rows["ballots"], rows["onchain_votes"]) == (3, 1)


async def test_a_vote_on_chain_belongs_to_the_round_it_was_cast_in(
    connection: asyncpg.Connection,
) -> None:
    """A dispute vote names no round: the dispute that was open when it was cast is its round."""
    market = Market(Chain(), 1)
    first = market.disputed()
    vote = market.event("DisputeVoteSubmitted", {"user": wallet(1), "vote": True}, wallet=wallet(1))
    second = market.disputed()
    await land(connection, [second, vote, first])
    await fold(connection)

    row = await connection.fetchrow("select round, choice from marts.votes")
    assert tuple(row) == (first.signature, "agree")


async def test_days_are_utc_days_of_chain_time(connection: asyncpg.Connection) -> None:
    """A trade one second before midnight UTC belongs to the day before."""
    market = Market(Chain(), 1)
    trades = [at(market.bought(1, 2 * P), 86_399), at(market.sold(1, P), 86_400)]
    await land(connection, trades)
    await fold(connection)

    days = await connection.fetch("select * from marts.wallet_daily order by day")
    assert [(str(d["day"]), d["invested"], d["proceeds"], d["fees"]) for d in days] == [
        ("2026-01-01", 1_100_000_000, 0, 100_000_000),
        ("2026-01-02", 0, 450_000_000, 50_000_000),
    ]
