"""POST /webhooks/helius: every malformed delivery has its status and loses nothing."""

import gzip
import zlib

import orjson
import pytest

from benchmarks.traffic import body, trade
from oddsline.health import Health
from tests.integration.ingestion.conftest import SECRETS, running, settings

PATH = "/webhooks/helius"


async def post(client, content, **headers):
    return await client.post(PATH, content=content, headers=headers)


async def landed(owner) -> int:
    return await owner.fetchval("select count(*) from raw.transactions")


async def test_a_delivery_is_acknowledged_after_its_rows_are_there(client, owner):
    """The counts say what was stored, and it is stored."""
    answer = await post(client, body(0, 3))

    assert answer.status_code == 200
    assert answer.json() == {
        "received": 3, "landed": 3, "duplicates": 0, "quarantined": 0, "queued": 0,
    }  # fmt: skip
    events = await owner.fetch("select name, facts, args from raw.events order by seq")
    assert [event["name"] for event in events] == ["SharesBought"] * 3
    assert events[0]["facts"]["gross"] == 1_000_000_000
    assert await owner.fetchval("select count(*) from raw.instructions") == 3


async def test_the_payload_is_kept_as_it_was_received(client, owner):
    """Anything decoded can be decoded again from the very bytes."""
    await post(client, body(0, 1))

    kept = zlib.decompress(await owner.fetchval("select payload from raw.payloads"))
    assert kept == orjson.dumps(trade(0))


async def test_a_delivery_sent_again_is_all_duplicates(client, owner):
    """Helius states that it delivers twice at times."""
    await post(client, body(0, 3))
    answer = await post(client, body(1, 3))

    assert (answer.json()["landed"], answer.json()["duplicates"]) == (1, 2)
    assert await landed(owner) == 4


@pytest.mark.parametrize("secret", SECRETS)
async def test_both_live_secrets_are_taken(client, secret):
    """While one is being rotated."""
    answer = await post(client, b"[]", authorization=secret)
    assert answer.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"authorization": "wrong"}, {"authorization": ""}])
async def test_a_wrong_or_missing_secret_is_401_and_never_403(bare_database, owner, headers):
    """Helius does not send again after a 403."""
    async with running(settings(bare_database)) as client:
        del client.headers["authorization"]
        answer = await post(client, body(0, 1), **headers)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert await landed(owner) == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"nonsense", b"[1,", b'{"a": [1]}', b"[" * 99_999])
async def test_a_body_that_is_no_json_array_is_400(client, content):
    """And says so as problem+json."""
    answer = await post(client, content)

    assert answer.status_code == 400
    assert answer.json()["status"] == 400


@pytest.mark.parametrize("encoded", [False, True])
async def test_a_body_above_the_limit_is_413_also_after_gzip(bare_database, owner, encoded):
    """The limit is of what must be held in memory."""
    content = body(0, 4)
    async with running(settings(bare_database, body_limit=len(content) - 1)) as client:
        if encoded:
            answer = await post(client, gzip.compress(content), **{"content-encoding": "gzip"})
        else:
            answer = await post(client, content)

    assert answer.status_code == 413
    assert await landed(owner) == 0


async def test_a_gzipped_delivery_lands(client, owner):
    """Content-Encoding: gzip is understood."""
    answer = await post(client, gzip.compress(body(0, 2)), **{"content-encoding": "gzip"})

    assert answer.json()["landed"] == 2
    assert await landed(owner) == 2


async def test_get_is_405(client):
    """The route takes deliveries only."""
    answer = await client.get(PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


BAD_ITEMS = {
    "no transaction": {"slot": 1, "meta": {}},
    "not an object": 7,
    "null": None,
    "a slot that is text": trade(1) | {"slot": "435888000"},
    "a slot past any chain": trade(1) | {"slot": 2**63},
    "a negative slot": trade(1) | {"slot": -1},
    "no meta": {k: v for k, v in trade(1).items() if k != "meta"},
    "a signature that is none": trade(1)
    | {"transaction": trade(1)["transaction"] | {"signatures": ["nope"]}},
    "a NUL in its signature": trade(1)
    | {"transaction": trade(1)["transaction"] | {"signatures": ["\x00" * 88]}},
    "another program's": orjson.loads(
        orjson.dumps(trade(1)).replace(
            b"9vrTC4bbq8gP6oc8FJdVmYEzqYJuqPU8Pz9KNLN1xGg9", b"1" * 31 + b"2"
        )
    ),
}


@pytest.mark.parametrize("bad", BAD_ITEMS.values(), ids=BAD_ITEMS)
async def test_an_item_that_cannot_be_used_is_quarantined_and_the_rest_lands(client, owner, bad):
    """The bad item is kept whole with the reason; its neighbours do not notice."""
    answer = await post(client, orjson.dumps([trade(10), bad, trade(11)]))

    assert answer.status_code == 200
    assert (answer.json()["landed"], answer.json()["quarantined"]) == (2, 1)
    row = await owner.fetchrow("select item, reason, status from raw.deliveries")
    assert row["status"] == "quarantined"
    assert row["reason"]
    assert orjson.loads(zlib.decompress(row["item"])) == bad


async def test_a_bad_item_delivered_again_and_again_is_one_row(client, owner):
    """A retry storm fills no table."""
    for _ in range(3):
        answer = await post(client, b'[{"slot": 1}]')
        assert answer.json()["quarantined"] == 1

    assert await owner.fetchval("select count(*) from raw.deliveries") == 1


async def test_an_enhanced_item_is_queued_for_fetching(client, owner):
    """It names a transaction but carries no logs."""
    signature = trade(5)["transaction"]["signatures"][0]
    answer = await post(client, orjson.dumps([{"signature": signature, "type": "UNKNOWN"}]))

    assert answer.json()["queued"] == 1
    row = await owner.fetchrow("select signature, status from raw.deliveries")
    assert tuple(row) == (signature, "queued")


async def test_a_row_that_postgres_refuses_is_quarantined_with_its_reason(client, owner):
    """What passes our eyes but not the database's loses neither itself nor its neighbours."""
    await owner.execute(
        "select raw.ensure_partitions(435888000);"
        "alter table raw.transactions add constraint odd check (fee <> 4242)"
    )
    odd = trade(1)
    odd["meta"]["fee"] = 4242
    answer = await post(client, orjson.dumps([trade(0), odd, trade(2)]))

    assert (answer.json()["landed"], answer.json()["quarantined"]) == (2, 1)
    assert "refused by PostgreSQL" in await owner.fetchval("select reason from raw.deliveries")


async def test_postgres_away_is_503_with_retry_after_and_acknowledges_nothing():
    """Helius sends again; health says unready meanwhile."""
    nowhere = settings("postgresql://nobody:x@127.0.0.1:9/none", land_seconds=1)
    health = Health("ingestion")
    async with running(nowhere, health) as client:
        answer = await post(client, body(0, 1))
        ready = await client.get("/readyz")

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert ready.status_code == 503


async def test_quarantine_that_cannot_be_written_is_503_too():
    """A bad item is not acknowledged before it is kept."""
    nowhere = settings("postgresql://nobody:x@127.0.0.1:9/none", land_seconds=1)
    async with running(nowhere) as client:
        answer = await post(client, b'[{"slot": 1}]')

    assert answer.status_code == 503


async def test_a_stuck_landing_lock_is_503_within_helius_second_and_heals(bare_database, owner):
    """Whoever sits on the lock costs deliveries, not data."""
    impatient = settings(bare_database, lock_timeout_ms=100)
    async with running(impatient) as client:
        async with owner.transaction():
            await owner.execute("select pg_advisory_xact_lock(7101)")
            refused = await post(client, body(0, 1))
        answer = await post(client, body(0, 1))

    assert (refused.status_code, answer.status_code) == (503, 200)
    assert answer.json()["landed"] == 1


async def test_health_says_alive_ready_and_counts(client):
    """/livez, /readyz and /metrics are there."""
    await post(client, b"[]")

    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
    assert "oddsline_ingestion_deliveries_total" in (await client.get("/metrics")).text
    assert (await client.get("/nothing")).status_code == 404


async def test_a_cut_log_leaves_a_dead_letter_that_names_its_signature(client, owner):
    """`Log truncated`: what cannot be rebuilt is never silently complete."""
    cut = trade(1)
    logs = cut["meta"]["logMessages"]
    cut["meta"]["logMessages"] = [*logs[:5], "Log truncated"]
    await post(client, orjson.dumps([cut]))

    keys = await owner.fetch("select key, kind from ops.dead_letters")
    signature = cut["transaction"]["signatures"][0]
    assert keys
    assert all(row["key"].startswith(signature) and row["kind"] == "event" for row in keys)
    assert await owner.fetchval("select log_truncated from raw.transactions") is True


async def test_a_failed_transaction_is_kept_apart(client, owner):
    """Its row is there with its error; it has no events."""
    failed = trade(1)
    failed["meta"]["err"] = {"InstructionError": [1, {"Custom": 6015}]}
    await post(client, orjson.dumps([failed]))

    assert await owner.fetchval("select err from raw.transactions") == failed["meta"]["err"]
    assert await owner.fetchval("select count(*) from raw.events") == 0
