"""Whatever happened, in whatever order it arrived and was folded: the marts equal a rebuild."""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence

import asyncpg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oddsline import postgres
from tests.support.events import Chain, Event, Market, P, land, replace, retract, revise
from tests.support.marts import assert_equals_rebuild, fold

U64 = 2**64 - 1
Act = Callable[[Market, int], Event]


def _old_claim(market: Market, who: int) -> Event:
    """As the first program wrote it: the market by its id, no outcome."""
    claim = market.claimed(who, 7)
    old = {"market_id": market.id, "user": claim.args["user"], "amount": 7, "resolver_fee": 1}
    return replace(claim, args=old | {"timestamp": claim.args["timestamp"]})


def _tally(market: Market, *, succeeded: bool) -> Event:
    counts = {"agrees": 2, "disagrees": 5, "dispute_succeeded": succeeded}
    return market.event("DisputeAggregated", counts)


def _unreadable(market: Market, who: int) -> Event:
    trade = market.bought(who, P)
    return replace(trade, args=trade.args | {"shares": "many"})


#: What may happen to a market, sensible or not; nothing asks whether it was ever created.
ACTS: dict[str, Act] = {
    "created": lambda m, w: m.created(w),
    "activated": lambda m, _: m.opened()[-1],
    "bought": lambda m, w: m.bought(w, 3 * P, price=P // (w + 2)),
    "bought nothing": lambda m, w: m.bought(w, 0),
    "bought the most": lambda m, w: m.bought(w, U64, yes=False, price=P // 3),
    "sold": lambda m, w: m.sold(w, P, yes=w % 2 == 0, price=P // 4),
    "resolved": lambda m, w: m.resolved(yes=w % 2 == 0, resolver=w),
    "disputed": lambda m, w: m.disputed(w),
    "dispute upheld": lambda m, _: _tally(m, succeeded=True),
    "dispute failed": lambda m, _: _tally(m, succeeded=False),
    "finalized": lambda m, _: m.finalized(True),
    "finalized invalid": lambda m, _: m.finalized(None, tally=(7, 3)),
    "cancelled": lambda m, _: m.event("MarketCancelled", {"cancelled_by": "someone"}),
    "claimed": lambda m, w: replace(m.claimed(w, 5), market_id=None),
    "claimed, old layout": _old_claim,
    "unreadable": _unreadable,
}

acts = st.lists(
    st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 1), st.integers(0, 2)),
    min_size=3,
    max_size=25,
)
#: Each example its own markets, wallets' rows and signatures in the one database.
_examples = itertools.count(1)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=acts, data=st.data())
def test_any_history_in_any_batches_equals_a_rebuild(
    database: str, history: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    """Shuffled, repeated, split, revised and partly unreadable: byte for byte the same rows."""
    number = next(_examples)
    chain = Chain(number, first_slot=300_000_000 + number * 1_000)
    markets = [Market(chain, number * 10 + n) for n in (0, 1)]
    events = [ACTS[act](markets[market], who) for act, market, who in history]
    arriving = data.draw(st.permutations(events)) + events[:2]
    revised = data.draw(st.lists(st.sampled_from(events), max_size=3))
    sizes = data.draw(st.lists(st.sampled_from([1, 2, 5, 100]), min_size=1, max_size=6))

    asyncio.run(_lived(database, arriving, revised, sizes))


async def _lived(
    url: str, arriving: Sequence[Event], revised: Sequence[Event], sizes: Sequence[int]
) -> None:
    connection = await postgres.connect(url, name="test-histories")
    try:
        batches = itertools.cycle(sizes)
        for batch, change in itertools.zip_longest(_split(arriving, sizes), revised):
            if batch:
                await land(connection, batch)
            if change is not None and next(batches) > 1:
                await retract(connection, change)
            elif change is not None:
                await revise(connection, change, change)
            await fold(connection, rows=next(batches))
        await assert_equals_rebuild(connection)
    finally:
        await connection.close()


def _split(events: Sequence[Event], sizes: Sequence[int]) -> Iterator[Sequence[Event]]:
    left, batches = list(events), itertools.cycle(sizes)
    while left:
        size = next(batches)
        yield left[:size]
        left = left[size:]


async def _rows_of(connection: asyncpg.Connection, market: Market) -> asyncpg.Record:
    await fold(connection)
    await assert_equals_rebuild(connection)
    return await connection.fetchrow(
        "select * from marts.markets where market_address = $1", market.address
    )


async def test_a_market_never_created_keeps_what_happened_in_it(
    connection: asyncpg.Connection,
) -> None:
    """Trades and an end without a creation: counted under the address, creator unknown."""
    market = Market(Chain(), 1)
    await land(connection, [market.bought(1, P), market.finalized(True)])

    row = await _rows_of(connection, market)

    assert (row["state"], row["creator"], row["trade_count"]) == ("FINALIZED", None, 1)


async def test_both_layouts_of_a_claim_count_alike(connection: asyncpg.Connection) -> None:
    """The old one names the market by id, the new one by address; a wallet claimed both sums."""
    market = Market(Chain(), 1)
    new = replace(market.claimed(1, 5), market_id=None)
    await land(connection, [market.created(), _old_claim(market, 1), new])

    await _rows_of(connection, market)

    assert await connection.fetchval("select claimed from marts.positions") == 12


async def test_a_cancelled_market_that_trades_stays_cancelled_and_counts(
    connection: asyncpg.Connection,
) -> None:
    """The state is the last lifecycle event's; the trade after it is neither lost nor hidden."""
    market = Market(Chain(), 1)
    events = [market.created(), ACTS["cancelled"](market, 0), market.bought(1, P)]
    await land(connection, events)

    row = await _rows_of(connection, market)

    assert (row["state"], row["trade_count"]) == ("CANCELLED", 1)
