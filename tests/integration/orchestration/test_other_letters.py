"""Letters of events, deliveries and parked rows are retried by the same queue as transitions."""

import asyncio
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from benchmarks.traffic import PROGRAM, trade
from oddsline import blocking, postgres
from orchestration import settings as orchestration_settings
from orchestration.dead_letters import queue, retry
from tests.integration.ingestion.conftest import running
from tests.integration.ingestion.conftest import settings as intake_settings
from tests.support.events import Chain, Market, P, land
from tests.support.http import Request, serving

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def program(line, monkeypatch) -> None:
    """The traffic's program, on a node that is away unless a test has one."""
    monkeypatch.setenv("ODDSLINE_PROGRAM_ID", PROGRAM)
    monkeypatch.setenv("ODDSLINE_RPC_URL", NOWHERE)


def letters(line) -> list[dict[str, Any]]:
    return [dict(row) for row in line.rows("select * from ops.dead_letters order by id")]


def retried() -> list[tuple[str, str]]:
    """Each open letter tried once; how it ended, and why."""
    known = orchestration_settings.load()
    with blocking.session(known.database_url, name="test") as connection:
        ids = [one.id for one in queue.listed(connection, status="open", kind=None, at_most=99)]
    return [(one.end, one.detail) for one in retry.retry(ids, known)]


def delivered(line, *items: Any) -> None:
    """Push items to a real intake."""

    async def push() -> None:
        async with running(intake_settings(line.url)) as client:
            answer = await client.post("/webhooks/helius", content=orjson.dumps(items))
            assert answer.status_code == 200

    asyncio.run(push())


def cut(item: dict[str, Any]) -> dict[str, Any]:
    """The item as a provider brings it whose log was cut."""
    item = orjson.loads(orjson.dumps(item))
    item["meta"]["logMessages"] = [*item["meta"]["logMessages"][:5], "Log truncated"]
    return item


def with_node(answer: Callable[[Request], Awaitable[tuple[int, bytes]]], work: Callable[[], Any]):
    """Run blocking work while a node answers; its URL stands in the settings by `work`'s caller."""

    async def run() -> Any:
        async with serving(answer) as url:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("ODDSLINE_RPC_URL", url)
                return await asyncio.to_thread(work)

    return asyncio.run(run())


def test_a_cut_log_is_made_whole_by_a_node_that_has_it(line):
    """The webhook's was cut; the node's own is whole: its events become revisions."""
    delivered(line, cut(trade(1)))
    assert "LogTruncated" in {letter["class"] for letter in letters(line)}

    async def node(_: Request) -> tuple[int, bytes]:
        return 200, orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": trade(1)})

    told = with_node(node, retried)

    assert {end for end, _ in told} == {"resolved"}, told
    assert {letter["status"] for letter in letters(line)} == {"resolved"}
    said = line.rows(
        """select row_after ->> 'name' as name, row_after ->> 'provenance' as provenance
           from raw.revisions where kind = 'redecode' and row_after is not null"""
    )
    assert said == [{"name": "SharesBought", "provenance": "log"}]


def test_a_cut_log_that_nobody_has_whole_ends_with_a_person(line):
    """Three tries, then manual review: its slot stays open in the ledger until somebody says."""
    delivered(line, cut(trade(1)))

    async def node(_: Request) -> tuple[int, bytes]:
        return 200, orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": cut(trade(1))})

    ends = [told for _ in range(3) for told in with_node(node, retried)]

    assert {end for end, _ in ends} == {"failed"}
    assert {(one["status"], one["attempts"]) for one in letters(line)} == {("manual_review", 3)}
    assert all("from the node too" in one["reason"] for one in letters(line))


def test_an_event_that_todays_decoder_reads_is_revised(line):
    """What it could not read at landing it reads now; the letter's fault is gone."""
    delivered(line, trade(1))
    line.run("update raw.events set name = 'SharesSold'")
    (stored,) = line.rows("select signature from raw.transactions")
    line.run(
        """insert into ops.dead_letters (kind, key, payload, reason, class)
           values ('event', %(key)s, '{}', 'UnknownDiscriminator: ?', 'UnknownDiscriminator')""",
        key=f"{stored['signature']}:0.0.0:UnknownDiscriminator",
    )

    assert retried() == [("resolved", "read again, 1 events revised")]


def quarantined(line, item: bytes, *, tries: int = 8) -> None:
    """An item that intake has tried for ten minutes and given up."""

    async def hold() -> None:
        connection = await postgres.connect(line.url, name="test")
        await connection.execute(
            """insert into raw.deliveries (source, item, digest, reason, status, attempts)
               values ('webhook', $1, sha256($2), 'decoder failed', 'quarantined', $3)""",
            zlib.compress(item),
            item,
            tries,
        )
        await connection.close()

    asyncio.run(hold())


def swept(line) -> list[dict[str, Any]]:
    """What the sensor's sweep makes of it."""
    known = orchestration_settings.load()
    with blocking.session(line.url, name="test") as connection:
        queue.sweep(connection, known.retry_schedule, after_s=600, now=datetime.now(UTC))
    return letters(line)


def test_a_delivery_that_intake_gave_up_becomes_a_letter_and_lands(line):
    """One that intake still tries itself is left to it: one layer retries at a time."""
    quarantined(line, orjson.dumps(trade(1)))
    quarantined(line, orjson.dumps(trade(2)), tries=1)

    (letter,) = swept(line)
    assert (letter["kind"], letter["status"]) == ("delivery", "open")
    assert swept(line) == [letter]

    assert retried() == [("resolved", "landed")]
    assert line.rows("select count(*) as n from raw.events") == [{"n": 1}]
    assert line.rows("select status from raw.deliveries order by id") == [
        {"status": "replayed"},
        {"status": "quarantined"},
    ]


def test_a_delivery_of_garbage_ends_with_a_person_who_gives_it_up(line):
    """Discarded by `./oddsline quarantine discard`, its letter resolves itself."""
    quarantined(line, b'{"neither": "transaction", "nor": "signature"}')
    swept(line)

    assert [retried()[0][0] for _ in range(3)] == ["failed"] * 3
    assert letters(line)[0]["status"] == "manual_review"

    line.run("update raw.deliveries set status = 'discarded'")
    with blocking.session(line.url, name="test") as connection:
        queue.settle(connection)
    (letter,) = letters(line)
    assert (letter["status"], letter["resolution"]) == ("resolved", "the delivery was discarded")


@pytest.fixture
def folding(line) -> Iterator[None]:
    """A fold at work."""
    over = threading.Event()

    def fold() -> None:
        while not over.wait(0.05):
            line.rows("select * from live.fold(1000)")

    worker = threading.Thread(target=fold)
    worker.start()
    yield
    over.set()
    worker.join()


def parked(line) -> None:
    """A trade that the fold cannot read: it lacks a field that the rules ask for."""
    line.run(
        """insert into live.event_fields values ('SharesBought', 'extra', 'number');
           select live.compile_event_fields()"""
    )
    market = Market(Chain(), 1)

    async def place() -> None:
        connection = await postgres.connect(line.url, name="test")
        one, other = market.bought(1, P), market.bought(2, P)
        await land(connection, [one, replace(other, args=other.args | {"extra": 1})])
        await connection.close()

    asyncio.run(place())
    line.rows("select * from live.fold(1000)")


def test_a_parked_row_is_folded_once_the_rules_allow_it(line, folding):
    """Before, each retry fails and one letter follows the row; after, the mart has it."""
    parked(line)

    assert retried() == [("failed", "unreadable: extra")]
    assert retried() == [("failed", "unreadable: extra")]
    first, *same = letters(line)
    assert (first["status"], first["attempts"]) == ("open", 2)
    assert {one["resolution"] for one in same} == {f"the same row as letter {first['id']}"}

    line.run(
        """delete from live.event_fields where field = 'extra';
           select live.compile_event_fields()"""
    )
    assert retried() == [("resolved", "folded")]
    assert line.rows("select count(*) as n from marts.trades") == [{"n": 2}]


def test_a_parked_row_that_was_read_otherwise_since_is_not_said_again(line, folding):
    """The later word holds: replaying the old one would overrule it."""
    parked(line)
    line.run(
        """insert into raw.revisions (seq, kind, slot, signature, event_key, row_after, reason)
           select nextval('raw.seq'), 'redecode', e.slot, e.signature,
               jsonb_build_object('program_id', e.program_id, 'outer', e."outer",
                   'inner_path', e.inner_path, 'kind', e.kind, 'ordinal', e.ordinal),
               null, 'it never happened'
           from raw.events as e inner join live.parked as p using (seq)"""
    )

    assert retried() == [("resolved", "another reading holds since")]
    assert line.rows("select count(*) as n from raw.revisions") == [{"n": 1}]


def test_without_a_fold_a_parked_row_costs_no_try(line, monkeypatch):
    """Nobody judged it; the same letter, a little later."""
    monkeypatch.setattr("orchestration.dead_letters.folds.PATIENCE_S", 0.2)
    parked(line)

    assert retried() == [("not tried", "the fold has not come to it")]
    (letter,) = letters(line)
    assert (letter["status"], letter["attempts"]) == ("open", 0)
