"""The leaderboard's windows are kept: they say what wallet_daily's own sums say."""

import asyncpg

from tests.support.events import Chain, Market, P, land, replace, retract, wallet
from tests.support.marts import fold

DAY = 86_400
_SUMS = """
select w.name, d.wallet, sum(d.invested + d.proceeds) as volume, sum(d.trade_count) as trade_count,
    count(distinct d.market_address) as market_count, sum(d.proceeds + d.claimed - d.invested) as net
from marts.wallet_daily as d
inner join (values ('day', 1), ('week', 7), ('month', 30), ('all', 1000000)) as w (name, days)
    on d.day > (select max(day) from marts.wallet_daily) - w.days
group by 1, 2 order by 1, 2
"""


async def _kept_equals_sums(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    await fold(connection)
    await connection.execute("select live.refresh_wallet_rank()")
    kept: list[asyncpg.Record] = await connection.fetch(
        "select * from marts.wallet_rank order by window_name, wallet"
    )
    assert [tuple(row) for row in kept] == [tuple(row) for row in await connection.fetch(_SUMS)]
    return kept


async def test_windows_follow_trades_retractions_and_days(connection: asyncpg.Connection) -> None:
    """Another trade, its retraction and the next day each leave the sums that a recount gives."""
    market = Market(Chain(), 1)
    first, second = market.bought(1, 4 * P), market.bought(2, P)
    await land(connection, [*market.opened(), first, second])
    assert len(await _kept_equals_sums(connection)) == 2 * 4

    await land(connection, [market.sold(1, P), market.claimed(2, 5)])
    await _kept_equals_sums(connection)

    await retract(connection, second)
    await _kept_equals_sums(connection)

    later = market.bought(3, P)
    later = replace(later, args=later.args | {"timestamp": later.args["timestamp"] + 3 * DAY})
    await land(connection, [later])
    rows = await _kept_equals_sums(connection)

    assert [r["wallet"] for r in rows if r["window_name"] == "day"] == [wallet(3)]


async def test_nothing_new_is_nothing_written(connection: asyncpg.Connection) -> None:
    """Between batches the refresh costs nothing."""
    market = Market(Chain(), 1)
    await land(connection, [market.bought(1, P)])
    await _kept_equals_sums(connection)

    assert await connection.fetchval("select live.refresh_wallet_rank()") == 0
