"""Held items: whatever names its transaction is fetched and lands; the rest waits for a person."""

import asyncio
import json
import zlib
from typing import Any

import httpx
import orjson
import pytest
import structlog
from typer.testing import CliRunner

from benchmarks.traffic import PROGRAM, trade
from chain.decode import decode
from chain.rows import Decoded
from ingestion.intake.fees import FeeBook
from ingestion.landing.collector import Collector
from ingestion.landing.lander import Lander
from ingestion.ledger.assemble import Landing, fetcher_of
from ingestion.quarantine import store
from ingestion.quarantine.replay import Replayer
from ingestion.settings import LedgerSettings
from oddsline import postgres
from oddsline.cli import load
from tests.integration.ingestion.provider import Provider, history, signature_of
from tests.support.http import Request, serving

TRIES = 8  # after which a quarantined item waits for a person


@pytest.fixture
async def pool(bare_database):
    opened = await postgres.open_pool(bare_database, name="test", max_size=4)
    yield opened
    await opened.close()


@pytest.fixture
def provider():
    """Knows nine trades in slots 100 to 102, all final."""
    return Provider(history(9), last=110)


@pytest.fixture
async def replayer(bare_database, pool, provider):
    """As the ledger has it, with the landing path of its own."""
    collector = Collector([Lander(bare_database, lock_timeout=5000, deadline=20)])
    collector.start()

    async def hold(held):
        await store.hold(pool, held, source="backfill")

    config = LedgerSettings(database_url=bare_database, program_id=PROGRAM)
    fetcher = fetcher_of(config, Landing(collector.land, hold, FeeBook()), provider)
    yield Replayer(pool, fetcher.decode, collector.land, fetcher)
    await collector.close()


async def deliver(client: httpx.AsyncClient, *items: Any) -> dict[str, int]:
    answer = await client.post("/webhooks/helius", content=orjson.dumps(items))
    assert answer.status_code == 200
    return dict(answer.json())


async def one_row(pool):
    rows = await pool.fetch("select status, reason, attempts from raw.deliveries")
    assert len(rows) == 1
    return rows[0]


async def landed(pool) -> list[str]:
    return [r[0] for r in await pool.fetch("select signature from raw.transactions order by 1")]


async def age(pool) -> None:
    """Let an hour pass for what is held."""
    await pool.execute("update raw.deliveries set received_at = received_at - interval '1 hour'")


def enhanced(item: dict[str, Any]) -> dict[str, Any]:
    """The item as an enhanced webhook would bring it."""
    return {"signature": signature_of(item), "slot": item["slot"], "type": "UNKNOWN"}


def hollow(item: dict[str, Any]) -> dict[str, Any]:
    """The item as Helius at times delivers it: without its transaction."""
    return {name: value for name, value in item.items() if name != "transaction"}


async def test_a_queued_enhanced_item_is_fetched_and_lands(client, pool, replayer, provider):
    """What carries no logs is brought by its signature, on the way of all fetched ones."""
    item = provider.transactions[4]
    assert (await deliver(client, enhanced(item)))["queued"] == 1

    assert [why for _, why in await replayer.due()] == [None]

    row = await pool.fetchrow(
        "select signature, tx_index, source, commitment from raw.transactions"
    )
    assert tuple(row) == (signature_of(item), 1, "backfill", "finalized")
    assert await pool.fetchval("select count(*) from raw.events") == 1
    assert (await one_row(pool))["status"] == "replayed"
    assert await replayer.due() == []


async def test_a_queued_item_that_is_not_final_waits_for_its_next_turn(
    client, pool, replayer, provider
):
    """It is delivered at confirmed and fetched at finalized; nothing is given up meanwhile."""
    item = provider.transactions[0]
    provider.unfetchable.add(signature_of(item))
    await deliver(client, enhanced(item))

    await replayer.due()
    row = await one_row(pool)
    assert (row["status"], row["attempts"]) == ("queued", 1)
    assert "not final" in row["reason"]
    assert await replayer.due() == []  # not at once again

    provider.unfetchable.clear()
    await age(pool)
    await replayer.due()
    assert await landed(pool) == [signature_of(item)]


async def test_an_item_without_its_transaction_is_fetched_by_its_place(
    client, pool, replayer, provider
):
    """Its slot and its place in the block name it where no signature does."""
    item = provider.transactions[5]
    assert (await deliver(client, hollow(item)))["quarantined"] == 1

    await replayer.due()

    assert await landed(pool) == [signature_of(item)]
    assert (await one_row(pool))["status"] == "replayed"


async def test_a_damaged_item_is_fetched_by_the_signature_it_still_names(
    client, pool, replayer, provider
):
    """Wrong types in a delivery cost a fetch, not an event."""
    item = provider.transactions[7]
    await deliver(client, item | {"slot": "a hundred"})

    await replayer.due()

    assert await landed(pool) == [signature_of(item)]
    assert await pool.fetchval("select slot from raw.transactions") == item["slot"]


@pytest.mark.parametrize(
    "nameless",
    [
        7,
        {},
        {"slot": 100},
        {"slot": 100, "indexWithinBlock": 99},
        {"slot": 1, "indexWithinBlock": 0},
    ],
)
async def test_what_names_no_transaction_is_left_to_a_person_after_some_tries(
    client, pool, replayer, nameless
):
    """It stays quarantined with its reason and is tried no more."""
    await deliver(client, nameless)
    for _ in range(TRIES):
        assert len(await replayer.due()) == 1
        await age(pool)

    assert await replayer.due() == []
    row = await one_row(pool)
    assert (row["status"], row["attempts"]) == ("quarantined", TRIES)
    assert row["reason"]


async def test_a_provider_that_is_away_costs_tries_not_items(client, pool, replayer, provider):
    """A 429 is noted beside the cause and the item tried again."""
    await deliver(client, hollow(provider.transactions[0]))
    provider.failing = True
    await replayer.due()
    assert "too many requests" in (await one_row(pool))["reason"]

    provider.failing = False
    await age(pool)
    await replayer.due()
    assert len(await landed(pool)) == 1


async def test_a_mistake_of_the_decoder_holds_one_item_until_it_is_mended(
    client, pool, replayer, provider, monkeypatch
):
    """The delivery is acknowledged, its neighbours land, and the item lands once we read it."""
    victim = signature_of(provider.transactions[1])

    def wrong(tx, program, fees) -> Decoded:
        if tx.signature == victim:
            raise KeyError("a mistake of ours")
        return decode(tx, program, fees)

    monkeypatch.setattr("ingestion.intake.decoding.decode", wrong)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as told:
        counts = await deliver(client, *provider.transactions[:3])
    assert (counts["landed"], counts["quarantined"]) == (2, 1)
    assert "decoder failed: KeyError" in (await one_row(pool))["reason"]
    assert [(line["event"], line["trace_id"]) for line in told] == [("decoder failed", victim)]

    monkeypatch.undo()
    await replayer.due()
    assert len(await landed(pool)) == 3


@pytest.fixture
async def node(provider):
    """The provider as a node speaks: what fetching needs of JSON-RPC."""

    async def answer(request: Request) -> tuple[int, bytes]:
        asked = orjson.loads(request.body)
        result: Any = None
        if asked["method"] == "getTransaction":
            result = await provider.transaction(asked["params"][0])
        elif asked["method"] == "getBlock":
            result = {"signatures": await provider.block(asked["params"][0]) or []}
        return 200, orjson.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result})

    async with serving(answer) as url:
        yield url


@pytest.fixture
def typed(bare_database, node, monkeypatch):
    """Types `./oddsline quarantine …`, beside the loop that the node runs in."""
    monkeypatch.setenv("ODDSLINE_DATABASE_URL", bare_database)
    monkeypatch.setenv("ODDSLINE_REDIS_URL", "redis://unused")
    monkeypatch.setenv("ODDSLINE_PROGRAM_ID", PROGRAM)
    monkeypatch.setenv("ODDSLINE_RPC_URL", node)
    monkeypatch.setenv("COLUMNS", "200")

    async def run(*arguments: str):
        app = load("quarantine")
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))

    return run


async def test_an_operator_lists_shows_replays_and_discards(client, pool, typed, provider):
    """`./oddsline quarantine` from a refused item to its landed transaction."""
    item, nothing = provider.transactions[2], {"slot": 1, "meta": {}}
    await deliver(client, hollow(item), nothing, enhanced(provider.transactions[3]))
    ids = [str(row[0]) for row in await pool.fetch("select id from raw.deliveries order by item")]
    hopeless = str(
        await pool.fetchval(
            "select id from raw.deliveries where item = $1", zlib.compress(orjson.dumps(nothing), 6)
        )
    )

    listed = await typed("list", "--status", "any")
    assert listed.exit_code == 0
    assert all(row_id in listed.output for row_id in ids)
    assert "no transaction" in listed.output
    shown = await typed("show", hopeless)
    assert json.loads(shown.output) == nothing

    replayed = await typed("replay")
    assert (replayed.exit_code, "2 landed, 1 still held" in replayed.output) == (1, True)
    assert len(await landed(pool)) == 2
    assert (await typed("replay", *set(ids) - {hopeless})).exit_code == 0  # changes nothing
    assert len(await landed(pool)) == 2

    assert "1 discarded" in (await typed("discard", hopeless)).output
    assert (await typed("replay")).exit_code == 0
    statuses = await pool.fetch("select status from raw.deliveries order by status")
    assert [row[0] for row in statuses] == ["discarded", "replayed", "replayed"]
    assert (await typed("show", "999999")).exit_code == 2


async def test_a_trade_that_was_refused_lands_by_replay_alone(client, pool, typed, provider):
    """What is whole needs no provider: the item itself lands once nothing refuses it."""
    await pool.execute(
        "select raw.ensure_partitions(435888000);"
        "alter table raw.transactions add constraint odd check (fee <> 4242)"
    )
    odd = trade(1)
    odd["meta"]["fee"] = 4242
    assert (await deliver(client, odd))["quarantined"] == 1
    assert (await typed("replay")).exit_code == 1

    await pool.execute("alter table raw.transactions drop constraint odd")
    assert (await typed("replay")).exit_code == 0
    assert await landed(pool) == [signature_of(odd)]
    assert provider.pages == 0
