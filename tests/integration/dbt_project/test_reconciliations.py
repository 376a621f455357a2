"""Money adds up: the build's own tests pass on marts that were folded and name what was altered."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from oddsline import marts
from tests.support.events import Chain, Market, P, land
from tests.support.marts import fold

#: A data test -> what it must notice.
ALTERED = {
    "vaults_add_up": "update marts.wallet_daily set invested = invested + 1",
    "payouts_add_up_to_positions": "update marts.payouts set amount = amount + 1",
    "fees_follow_the_configuration": "update marts.trades set protocol_fee = protocol_fee + 1",
    "fees_explain_amounts": "update marts.trades set gross = gross - 1",
    "no_vault_pays_what_it_does_not_hold": "update marts.markets set initial_liquidity = 0",
    "positions_add_up_to_markets": "update marts.positions set shares_no = shares_no + 1",
    "candles_add_up_to_markets": "update marts.candles set trade_count = trade_count + 1",
    "days_add_up_to_positions": "update marts.positions set claimed = claimed + 1",
}


async def _settled(connection: asyncpg.Connection) -> Market:
    """A market that traded, paid its winner and its resolver, and was emptied by its creator."""
    chain = Chain()
    admin = {"admin": "A", "backend_authority": "B", "protocol_fee_bps": 300}
    configured = chain.event("GlobalConfigInitialized", admin)
    market = Market(chain, 1)
    trades = [market.bought(1, 10 * P), market.bought(2, 4 * P, yes=False), market.sold(1, 2 * P)]
    resolver = sum(trade.facts["resolver_fee"] for trade in trades)
    events = [
        configured,
        *market.opened(),
        *trades,
        market.resolved(),
        market.finalized(True),
        market.claimed(1, 8 * P, reward=resolver),
        market.withdrawn(60 * P),
    ]
    await land(connection, events)
    await fold(connection)
    return market


def _compiled(database: str, target: Path) -> dict[str, str]:
    """The SQL of the data tests by name, as dbt would run it."""
    marts.build(database, target=target, arguments=("compile", "--select", *ALTERED))
    return {path.stem: path.read_text() for path in target.glob("compiled/**/*.sql")}


async def test_a_vault_holds_what_came_in_less_what_went_out(
    connection: asyncpg.Connection,
) -> None:
    """Deposit and trades less payouts, rewards and the protocol's fees; to the lamport."""
    market = await _settled(connection)

    row = await connection.fetchrow("select * from marts.market_vaults")

    assert row["market_address"] == market.address
    gross = (5 + 2) * P - P  # bought at a half, sold at a half
    kept = row["provider_fees"] + row["resolver_fees"]
    assert row["held"] == 70 * P + gross + kept - 8 * P - row["rewards"] - 60 * P
    assert row["rewards"] == row["resolver_fees"] > 0
    assert row["invested"] - row["proceeds"] == gross + kept + row["protocol_fees"]


async def test_a_reward_that_nobody_tells_is_what_trades_have_set_aside(
    connection: asyncpg.Connection,
) -> None:
    """The first claim pays the resolver, whether or not the lamports of its transaction are known."""
    market = Market(Chain(), 1)
    events = [*market.opened(), market.bought(1, 10 * P), market.finalized(True)]
    await land(connection, [*events, market.claimed(1, 10 * P, reward=None)])
    await fold(connection)

    row = await connection.fetchrow("select rewards, resolver_fees from marts.market_vaults")

    assert row["rewards"] == row["resolver_fees"] > 0


async def test_each_reconciliation_passes_and_fails_once_a_row_is_altered(
    connection: asyncpg.Connection, database: str, tmp_path: Path
) -> None:
    """The build's data tests, as dbt compiles them: no row after the fold, some with a mart altered."""
    await _settled(connection)
    compiled = _compiled(database, tmp_path)

    for name, alteration in ALTERED.items():
        assert await connection.fetch(compiled[name]) == [], name
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(alteration)
        assert await connection.fetch(compiled[name]), name
        await transaction.rollback()


def _freshness(database: str, target: Path) -> dict[str, Any]:
    """What `dbt source freshness` says of raw.events."""
    arguments = ("source", "freshness", "--select", "source:raw.events")
    marts.build(database, target=target, arguments=arguments)
    [told] = json.loads((target / "sources.json").read_text())["results"]
    return dict(told)


async def test_sources_are_as_fresh_as_their_newest_row(
    connection: asyncpg.Connection, database: str, tmp_path: Path
) -> None:
    """`dbt source freshness` reads the newest row by its seq, and warns once it is an hour old."""
    await _settled(connection)
    await connection.execute("update raw.events set received_at = now() - interval '2 hours'")
    newest = await connection.fetchval("select max(received_at) from raw.events")

    told = _freshness(database, tmp_path)

    assert told["status"] == "warn"
    assert datetime.fromisoformat(told["max_loaded_at"]) == newest
