"""What else can come in by the webhook: bombs, trickles, and events that nobody can read."""

import asyncio
import base64
import gzip
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY

from benchmarks.traffic import PROGRAM, body, trade
from tests.integration.ingestion.conftest import running, settings

PATH = "/webhooks/helius"
MARK = "Program data: "


async def test_a_gzip_bomb_is_refused_in_little_memory(bare_database) -> None:
    """A few hundred kilobytes that unpack to 200 MB are never unpacked."""
    bomb = gzip.compress(b"[" + b" " * 200_000_000 + b"]", 6)
    async with running(settings(bare_database, body_limit=1_000_000)) as client:
        tracemalloc.start()
        answer = await client.post(PATH, content=bomb, headers={"content-encoding": "gzip"})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert len(bomb) < 1_000_000
    assert answer.status_code == 413
    assert peak < 10_000_000


@pytest.mark.parametrize("brackets", [b"[%s]", b'{"a":%s}'])
async def test_a_depth_bomb_in_an_item_costs_that_item_alone(client, owner, brackets) -> None:
    """The rest of the array lands; the bomb is kept as it came, or its delivery is refused."""
    bomb = b"1"
    for _ in range(3_000):
        bomb = brackets % bomb
    content = b"[" + orjson.dumps(trade(0)) + b"," + bomb + b"," + orjson.dumps(trade(1)) + b"]"
    answer = await client.post(PATH, content=content)

    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert (answer.json()["landed"], answer.json()["quarantined"]) == (2, 1)
    assert (await client.post(PATH, content=body(0, 2))).status_code == 200
    assert await owner.fetchval("select count(*) from raw.transactions") == 2


async def test_an_array_of_more_items_than_allowed_is_413_and_lands_nothing(
    bare_database, owner
) -> None:
    """It is counted and says how many are taken; an array of just so many lands."""
    refused = ("oddsline_ingestion_deliveries_total", {"status": "413"})
    before = REGISTRY.get_sample_value(*refused) or 0
    async with running(settings(bare_database, body_items=2)) as client:
        answer = await client.post(PATH, content=body(0, 3))
        stored = await owner.fetchval("select count(*) from raw.transactions")
        fitting = await client.post(PATH, content=body(0, 2))

    assert (answer.status_code, stored) == (413, 0)
    assert answer.json()["title"] == "3 items, at most 2 are taken at once"
    assert REGISTRY.get_sample_value(*refused) == before + 1
    assert (fitting.status_code, fitting.json()["landed"]) == (200, 2)


async def test_a_body_that_trickles_is_408_and_lands_nothing(bare_database, owner) -> None:
    """It holds a connection for as long as the limit says, and no longer."""

    async def trickle() -> AsyncIterator[bytes]:
        for byte in body(0, 1):
            yield bytes([byte])
            await asyncio.sleep(0.01)

    async with running(settings(bare_database, body_seconds=0.2)) as client:
        answer = await client.post(PATH, content=trickle())

    assert answer.status_code == 408
    assert await owner.fetchval("select count(*) from raw.transactions") == 0


def with_event(item: dict[str, Any], event: bytes) -> dict[str, Any]:
    """The trade with other bytes for its event."""
    lines = [
        MARK + base64.b64encode(event).decode() if line.startswith(MARK) else line
        for line in item["meta"]["logMessages"]
    ]
    return {**item, "meta": {**item["meta"], "logMessages": lines}}


def event_of(item: dict[str, Any]) -> bytes:
    (line,) = [line for line in item["meta"]["logMessages"] if line.startswith(MARK)]
    return base64.b64decode(line.removeprefix(MARK))


UNREADABLE = {
    "UnknownDiscriminator": lambda event: b"\xff" * 8 + event[8:],
    "TrailingBytes": lambda event: event + b"\x00",
    "ShortData": lambda event: event[:-1],
}


def counted(reason: str) -> float:
    name = "oddsline_ingestion_anomalies_total"
    return REGISTRY.get_sample_value(name, {"reason": reason}) or 0


@pytest.mark.parametrize(("reason", "spoil"), UNREADABLE.items(), ids=UNREADABLE)
async def test_an_event_that_cannot_be_read_is_counted_and_stored(
    client, owner, reason, spoil
) -> None:
    """A dead letter names the signature and holds the bytes; the payload and the rest are there."""
    before = counted(reason)
    odd = with_event(trade(1), spoil(event_of(trade(1))))
    answer = await client.post(PATH, content=orjson.dumps([trade(0), odd]))

    assert answer.json()["landed"] == 2
    assert counted(reason) == before + 1
    signature = odd["transaction"]["signatures"][0]
    (letter,) = await owner.fetch("select key, class, status, payload from ops.dead_letters")
    assert letter["key"].startswith(signature)
    assert (letter["class"], letter["status"]) == (reason, "open")
    assert base64.b64decode(letter["payload"]["base64"]) == spoil(event_of(trade(1)))
    counts = await owner.fetchrow(
        "select (select count(*) from raw.events), (select count(*) from raw.instructions),"
        " (select count(*) from raw.payloads)"
    )
    assert tuple(counts) == (1, 2, 2)


async def test_equal_events_of_one_transaction_all_land(client, owner) -> None:
    """A trade that says the same twice is two rows under two keys, delivered twice or not."""
    item = trade(0)
    lines = item["meta"]["logMessages"]
    said = next(i for i, line in enumerate(lines) if line.startswith(MARK))
    item["meta"]["logMessages"] = [*lines[: said + 1], lines[said], *lines[said + 1 :]]
    for _ in range(2):
        await client.post(PATH, content=orjson.dumps([item]))

    rows = await owner.fetch("select ordinal, args from raw.events order by seq")
    assert [row["ordinal"] for row in rows] == [0, 1]
    assert rows[0]["args"] == rows[1]["args"]


async def test_a_forged_event_lands_nowhere(client, owner) -> None:
    """Another program's `Program data:` with our event's bytes is its own affair."""
    item = trade(0)
    other = "Forger1111111111111111111111111111111111111"
    lines = [line.replace(PROGRAM, other) for line in item["meta"]["logMessages"]]
    keys = [*item["transaction"]["message"]["accountKeys"], other]
    item["transaction"]["message"]["accountKeys"] = keys
    item["transaction"]["message"]["instructions"][1]["programIdIndex"] = len(keys) - 1
    for balances in ("preBalances", "postBalances"):
        item["meta"][balances] = [*item["meta"][balances], 1]
    item["meta"]["logMessages"] = lines
    answer = await client.post(PATH, content=orjson.dumps([item]))

    assert answer.json()["landed"] == 1  # it names the program among its keys
    assert await owner.fetchval("select count(*) from raw.events") == 0
    assert await owner.fetchval("select count(*) from raw.instructions") == 0
