"""A row that cannot be read is parked once for all marts, and stops none of them."""

import json
from importlib.resources import files
from typing import Any

import asyncpg
import pytest
import structlog

from ingestion.fold.folder import Folder
from ingestion.fold.pace import Pace
from tests.support.events import Chain, Market, P, land, replace
from tests.support.marts import assert_equals_rebuild, fold


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shares", "many"),
        ("shares", -1e30),
        ("shares", 1.5),
        ("cost", None),
        ("cost", 2**64),
        ("outcome", "yes"),
        ("timestamp", 10**18),
        ("timestamp", "2026-01-01"),
        ("new_price_yes", {"price": 1}),
        ("user", ""),
    ],
)
async def test_an_unreadable_field_parks_the_row(
    connection: asyncpg.Connection, field: str, value: Any
) -> None:
    """No mart counts it, the dead letter names signature and field, its neighbours are folded."""
    market = Market(Chain(), 1)
    good, bad = market.bought(1, P), market.bought(2, P)
    bad = replace(bad, args=bad.args | {field: value})
    await land(connection, [good, bad, market.bought(3, P)])
    await fold(connection)

    rows = await assert_equals_rebuild(connection)

    assert (rows["trades"], rows["positions"]) == (2, 2)
    letter = await connection.fetchrow("select * from ops.dead_letters")
    assert letter["kind"] == "fold"
    assert letter["key"].startswith(bad.signature)
    assert letter["reason"] == f"unreadable: {field}"


async def test_an_event_without_a_market_is_parked(connection: asyncpg.Connection) -> None:
    """A market's event that names no market belongs to no row."""
    orphan = replace(Market(Chain(), 1).bought(1, P), market_address=None)
    await land(connection, [orphan])
    await fold(connection)

    rows = await assert_equals_rebuild(connection)

    assert rows["markets"] == 0
    assert await connection.fetchval("select reason from live.parked") == "names no market"


async def test_a_parked_row_is_counted_once_it_can_be_read(connection: asyncpg.Connection) -> None:
    """Replayed after the rules have changed, it is folded by itself and unparked."""
    market = Market(Chain(), 1)
    trade = market.bought(1, P)
    other = market.bought(2, P)
    await land(
        connection, [replace(e, args=e.args | {"extra": x}) for e, x in ((other, 1), (trade, "x"))]
    )
    await connection.execute(
        "insert into live.event_fields values ('SharesBought', 'extra', 'number');"
        "select live.compile_event_fields()"
    )
    await fold(connection)
    parked = await connection.fetchval("select max(seq) from live.parked")
    await connection.execute(
        "delete from live.event_fields where field = 'extra'; select live.compile_event_fields()"
    )

    assert await connection.fetchval("select live.replay($1)", parked)
    await fold(connection)

    rows = await assert_equals_rebuild(connection)
    assert rows["trades"] == 2


async def test_a_row_that_a_mart_refuses_is_found_and_parked(
    connection: asyncpg.Connection,
) -> None:
    """Readable, and still refused by a table: batches shrink to it, it is parked, the rest folds."""
    market = Market(Chain(), 1)
    await land(connection, [market.bought(n, P * (n + 1)) for n in range(20)])
    await connection.execute("alter table marts.trades add check (shares <> 7000000000)")

    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as told:
        await Folder(connection, Pace(100, 100, 1.0)).fold_all()

    rows = await assert_equals_rebuild(connection)
    assert rows["trades"] == 19
    refused = await connection.fetchval(
        "select signature from raw.events where args ->> 'shares' = '7000000000'"
    )
    assert [(line["event"], line["trace_id"]) for line in told] == [("row parked", refused)]
    letter = await connection.fetchrow("select * from ops.dead_letters")
    assert "trades_shares_check" in letter["reason"]


async def test_every_event_of_the_program_states_what_it_must_carry(
    connection: asyncpg.Connection,
) -> None:
    """live.event_fields asks only for fields that the program's IDL has."""
    idl = json.loads((files("chain") / "idl" / "market.json").read_text())
    types = {t["name"]: {f["name"] for f in t["type"]["fields"]} for t in idl["types"]}
    rules = await connection.fetch("select name, field from live.event_fields")

    assert {event["name"] for event in idl["events"]} == {rule["name"] for rule in rules}
    for rule in rules:
        assert rule["field"] in types[rule["name"]], rule
