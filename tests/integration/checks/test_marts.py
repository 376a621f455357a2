"""The suites of the marts pass on folded events, and each rule names the one row that was altered."""

from collections.abc import Callable, Mapping

import asyncpg
import pytest

from checks.engine import judge
from checks.suite import Suite
from checks.suites.markets import markets
from checks.suites.positions import positions
from tests.support.events import Chain, Market, P, address, land, wallet
from tests.support.marts import fold

# GX and what it imports warn about themselves; that is not ours to mend.
pytestmark = pytest.mark.filterwarnings("default")

#: Rule -> what is altered of a row of its own.
MARKETS = {
    "price_in_unit": "price_yes = 1000000001",
    "shares_yes_not_negative": "shares_yes = -1",
    "shares_no_not_negative": "shares_no = -1",
    "volume_is_its_trades": "volume = volume + 1",
    "gross_is_its_trades": "volume_gross = volume_gross + 1",
    "count_is_its_trades": "trade_count = trade_count + 1",
    "finalized_has_its_time": "state = 'FINALIZED', finalized_at = null",
    "ends_after_it_began": "finalized_at = created_at - interval '1 second'",
}
POSITIONS = {
    "invested_is_its_trades": "invested = invested + 1",
    "proceeds_are_its_trades": "proceeds = proceeds + 1",
    "count_is_its_trades": "trade_count = trade_count + 1",
    "shares_yes_are_its_trades": "shares_yes = shares_yes + 1",
    "shares_no_are_its_trades": "shares_no = shares_no + 1",
}


async def _trade(connection: asyncpg.Connection, number: int) -> None:
    """So many markets, each with one trader of its own who bought twice and sold once, just now."""
    chain, events = Chain(), []
    for n in range(number):
        market = Market(chain, n)
        bought = [market.bought(n, 10 * P), market.bought(n, 4 * P, yes=False)]
        events += [*market.opened(), *bought, market.sold(n, 2 * P)]
    await land(connection, events)
    await fold(connection)
    await connection.execute("update marts.trades set traded_at = now()")
    await connection.execute("update marts.positions set last_trade_at = now()")


async def _alter(connection: asyncpg.Connection, mart: str, changes: Mapping[str, str]) -> None:
    for n, change in enumerate(changes.values()):
        await connection.execute(
            f"update marts.{mart} set {change} where market_address = $1", address(f"market {n}")
        )


def _failing(suite: Callable[[], Suite], url: str) -> dict[str, list[str]]:
    """Rule that fails -> the markets that its sample names."""
    return {
        verdict.rule.name: [str(row["market_address"]) for row in verdict.sample]
        for verdict in judge(suite(), url)
        if not verdict.passed
    }


@pytest.mark.parametrize(
    ("suite", "changes"), [(markets, MARKETS), (positions, POSITIONS)], ids=["markets", "positions"]
)
async def test_each_altered_row_fails_its_own_rule(
    connection: asyncpg.Connection,
    database: str,
    suite: Callable[[], Suite],
    changes: Mapping[str, str],
) -> None:
    """Nothing fails of what the fold made; then each rule fails, by the market it is about."""
    await _trade(connection, len(changes))
    assert _failing(suite, database) == {}

    await _alter(connection, suite().name, changes)

    altered = {rule: [address(f"market {n}")] for n, rule in enumerate(changes)}
    assert _failing(suite, database) == altered


async def test_a_position_without_its_trades_and_trades_without_their_position_are_seen(
    connection: asyncpg.Connection, database: str
) -> None:
    """A row that one of the two marts lacks, whichever it is."""
    await _trade(connection, 3)
    await connection.execute("delete from marts.positions where wallet = $1", wallet(0))
    await connection.execute("delete from marts.trades where wallet = $1", wallet(1))

    failing = _failing(positions, database)

    lacking = {address("market 0"), address("market 1")}
    assert set(failing["invested_is_its_trades"]) == lacking
    assert set(failing["count_is_its_trades"]) == lacking
