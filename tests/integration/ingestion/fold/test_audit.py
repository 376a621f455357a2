"""The fold is compared with a rebuild in turns, and what has ended stays under seal."""

import asyncpg
import pytest

from ingestion.fold import audit
from tests.support.events import Chain, Event, Market, P, land, lives
from tests.support.marts import fold


def ended(market: Market) -> list[Event]:
    """A market that traded and was finalized."""
    return [
        *market.opened(),
        market.bought(1, 4 * P),
        market.bought(2, P, yes=False),
        market.resolved(),
        market.finalized(True),
    ]


async def test_every_market_has_one_turn_in_a_round(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round of samples compares each market exactly once, and finds nothing wrong."""
    monkeypatch.setattr(audit, "TURNS", 3)
    await land(connection, lives(markets=8, trades=60))
    await fold(connection)

    turns = [await audit.sample(connection, turn) for turn in range(3)]

    assert sum(turn.markets for turn in turns) == 8
    assert all(turn.passed for turn in turns)


async def test_a_sample_finds_a_row_that_no_rebuild_gives(
    connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The altered mart is named with the row on both sides."""
    monkeypatch.setattr(audit, "TURNS", 1)
    await land(connection, ended(Market(Chain(), 1)))
    await fold(connection)
    await connection.execute("update marts.positions set invested = invested + 1")

    found = await audit.sample(connection, 0)

    assert not found.passed
    assert [count.model for count in found.different] == ["positions"]
    assert found.different[0].surplus


async def test_an_altered_sealed_market_is_found_without_a_rebuild(
    connection: asyncpg.Connection,
) -> None:
    """What has ended is sealed once compared; one changed row of any mart breaks the seal."""
    chain = Chain()
    done, open_ = Market(chain, 1), Market(chain, 2)
    await land(connection, [*ended(done), *open_.opened(), open_.bought(1, P)])
    await fold(connection)
    first = await audit.in_full(connection)
    second = await audit.in_full(connection)
    assert (first.markets, first.sealed) == (2, 1)
    assert (second.markets, second.sealed, second.passed) == (1, 1, True)

    await connection.execute(
        "update marts.trades set fee = fee + 1 where market_address = $1", done.address
    )
    found = await audit.in_full(connection)

    assert not found.passed
    assert found.broken == (done.address,)


async def test_a_late_claim_opens_the_seal_and_the_next_comparison_closes_it(
    connection: asyncpg.Connection,
) -> None:
    """What was folded after the seal is no alteration."""
    market = Market(Chain(), 1)
    await land(connection, ended(market))
    await fold(connection)
    await audit.in_full(connection)
    await land(connection, [market.claimed(1, 9)])
    await fold(connection)

    found = await audit.in_full(connection)

    assert (found.passed, found.markets, found.sealed) == (True, 1, 1)
