"""Reading stored payloads again: only what differs is said, and only once."""

import zlib

import orjson
import pytest

from benchmarks.traffic import PROGRAM, trade
from chain.program.interface import load_program
from ingestion.intake.fees import FeeBook
from ingestion.ledger.ranges import Range
from ingestion.redecoding import run
from oddsline import postgres

ALL = Range(0, 2**53)


@pytest.fixture
async def pool(bare_database):
    opened = await postgres.open_pool(bare_database, name="test", max_size=2)
    yield opened
    await opened.close()


async def readings(pool):
    found = run.read_again(pool, load_program(PROGRAM), FeeBook(), ALL)
    return [reading async for reading in found]


async def changes(pool):
    return [change for reading in await readings(pool) for change in reading.changes]


async def push(client, *items):
    answer = await client.post("/webhooks/helius", content=orjson.dumps(items))
    assert answer.json()["landed"] == len(items)


async def test_what_was_decoded_as_today_does_not_differ(client, pool):
    """A reading of the stored bytes gives the rows that landed, field for field."""
    await push(client, *(trade(n) for n in range(5)))

    assert len(await readings(pool)) == 5
    assert await changes(pool) == []


async def test_an_event_read_otherwise_becomes_a_revision_with_the_row_that_holds(client, pool):
    """Once written, reading again finds nothing more."""
    await push(client, trade(0), trade(1))
    await pool.execute(
        "update raw.events set name = 'SharesSold', facts = '{}' where slot = $1 and tx_index = 0",
        trade(0)["slot"],
    )

    (reading,) = [r for r in await readings(pool) if r.changes]
    await run.write(pool, reading)

    word = await pool.fetchrow("select kind, row_after, market_address from raw.revisions")
    assert word["kind"] == "redecode"
    assert word["row_after"]["name"] == "SharesBought"
    assert word["row_after"]["facts"]["gross"] == 1_000_000_000
    assert word["market_address"] == word["row_after"]["market_address"]
    assert await changes(pool) == []


async def test_an_event_that_was_missed_is_added_and_one_too_many_is_taken_away(client, pool):
    """Both are revisions; nothing in raw.events is touched."""
    await push(client, trade(0))
    await pool.execute("update raw.events set ordinal = 7")
    (reading,) = await readings(pool)
    await run.write(pool, reading)

    words = await pool.fetch("select event_key, row_after from raw.revisions order by seq")
    assert [(w["event_key"]["ordinal"], w["row_after"] is None) for w in words] == [
        (7, True), (0, False),
    ]  # fmt: skip
    assert await changes(pool) == []


async def test_more_transactions_than_a_page_are_all_read(client, pool, monkeypatch):
    """Memory holds a page; the walk holds its place."""
    monkeypatch.setattr(run, "PAGE", 3)
    await push(client, *(trade(n) for n in range(10)))

    assert len(await readings(pool)) == 10


async def test_a_payload_that_todays_decoder_refuses_changes_nothing(client, pool):
    """It is counted; the events that landed stay."""
    await push(client, trade(0))
    await pool.execute("update raw.payloads set payload = $1", zlib.compress(b"{}"))

    (reading,) = await readings(pool)

    assert reading.refused is not None
    assert reading.changes == []
