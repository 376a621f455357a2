"""The completeness ledger: a watermark moves only over what push and list agree on."""

import asyncio

import asyncpg
import orjson
import pytest

from benchmarks.traffic import PROGRAM
from ingestion.intake.fees import FeeBook
from ingestion.landing.collector import Collector
from ingestion.landing.lander import Lander
from ingestion.ledger.assemble import Landing, ledger_of
from ingestion.ledger.book import WrongChain
from ingestion.quarantine import store as quarantine
from ingestion.settings import LedgerSettings
from oddsline import postgres
from tests.integration.ingestion.conftest import running, settings
from tests.integration.ingestion.provider import Provider, history, signature_of


class Line:
    """A ledger over a provider, with the intake beside it."""

    def __init__(self, pool: asyncpg.Pool, url: str, first: Provider, second: Provider | None):
        self.pool = pool
        self.url = url
        self.collector = Collector([Lander(url, lock_timeout=5000, deadline=20)])

        async def hold(held):
            await quarantine.hold(pool, held, source="backfill")

        landing = Landing(self.collector.land, hold, FeeBook())
        config = LedgerSettings(database_url=url, program_id=PROGRAM)
        self.ledger = ledger_of(config, pool, landing, first, second)  # type: ignore[arg-type]

    async def push(self, items) -> None:
        async with running(settings(self.url)) as client:
            answer = await client.post("/webhooks/helius", content=orjson.dumps(items))
            assert answer.status_code == 200

    async def pass_(self):
        """One pass, gaps tried again at once."""
        self.ledger._tried.clear()
        return await self.ledger.one_pass()

    async def gaps(self) -> list[tuple[int, int, str]]:
        rows = await self.pool.fetch(
            "select from_slot, to_slot, reason from ops.open_gaps order by from_slot"
        )
        return [tuple(row) for row in rows]

    async def landed(self) -> int:
        return await self.pool.fetchval("select count(*) from raw.standing_transactions")


@pytest.fixture
async def line_of(bare_database):
    """Makes lines over one database."""
    pool = await postgres.open_pool(bare_database, name="test", max_size=4)
    lines = []

    def make(first: Provider, second: Provider | None = None) -> Line:
        line = Line(pool, bare_database, first, second)
        line.collector.start()
        lines.append(line)
        return line

    yield make
    for line in lines:
        await line.collector.close()
    await pool.close()


async def test_what_was_pushed_and_listed_is_agreed_up_to_the_tip(line_of):
    """Push and list say the same: nothing is fetched, the watermark is the tip."""
    items = history(9)
    line = line_of(Provider(items, last=110))
    await line.push(items)

    marks = await line.pass_()

    assert (marks.base, marks.agreed_to, marks.proven_to) == (0, 110, -1)
    sources = await line.pool.fetch("select distinct source from raw.transactions")
    assert [row["source"] for row in sources] == ["webhook"]


async def test_what_no_push_brought_is_fetched_and_then_agreed(line_of):
    """A dropped delivery costs a fetch, not an event."""
    items = history(9)
    line = line_of(Provider(items, last=110))
    await line.push(items[:2] + items[5:])

    marks = await line.pass_()

    assert marks.agreed_to == 110
    assert await line.landed() == 9
    fetched = await line.pool.fetch(
        "select tx_index, commitment from raw.transactions where source = 'backfill'"
    )
    assert sorted(tuple(row) for row in fetched) == [
        (0, "finalized"), (1, "finalized"), (2, "finalized"),
    ]  # fmt: skip


async def test_a_fetch_error_never_advances_the_watermark(line_of):
    """The slot stays open with its reason, its neighbours close, and the gap closes later."""
    items = history(9)
    first = Provider(items, last=110, unfetchable={signature_of(items[4])})
    line = line_of(first)

    stuck = await line.pass_()
    gaps = await line.gaps()
    first.unfetchable.clear()
    healed = await line.pass_()

    assert stuck.agreed_to == 100
    assert [gap[:2] for gap in gaps] == [(101, 101)]
    assert "not to be had" in gaps[0][2]
    assert healed.agreed_to == 110
    assert await line.gaps() == []


async def test_a_gap_keeps_its_age_while_it_is_tried_again(line_of):
    """Each try is not a new gap."""
    items = history(3)
    line = line_of(Provider(items, last=110, unfetchable={signature_of(items[0])}))
    await line.pass_()
    opened = await line.pool.fetchval("select opened_at from ops.open_gaps")
    await line.pass_()

    assert await line.pool.fetchval("select opened_at from ops.open_gaps") == opened
    assert await line.pool.fetchval("select count(*) from ops.open_gaps") == 1


async def test_a_provider_that_refuses_moves_nothing(line_of):
    """429 is transient: the pass fails, the watermark stays, the next pass goes on."""
    items = history(3)
    first = Provider(items, last=110)
    line = line_of(first)
    await line.pass_()
    first.last, first.failing = 120, True
    with pytest.raises(Exception, match="too many requests"):
        await line.pass_()
    first.failing = False

    assert (await line.pass_()).agreed_to == 120


async def test_a_node_that_lags_behind_the_tip_lists_nothing(line_of):
    """A list by a node that has not seen the tip would be short without saying so."""
    items = history(3)
    first = Provider(items, last=110)
    line = line_of(first)
    first.tip_is_ahead_by = 5
    with pytest.raises(Exception, match="minimum context slot"):
        await line.pass_()

    assert await line.pool.fetchval("select count(*) from raw.slot_ranges") == 0


async def test_a_long_history_is_walked_in_pages_and_resumed(line_of):
    """Pages smaller than a slot's transactions, a pass that ends midway: all of it is found."""
    items = history(60, per_slot=7)
    line = line_of(Provider(items, last=200, limit=5, needs_anchor=True))

    for _ in range(12):
        marks = await line.pass_()

    assert marks.agreed_to == 200
    assert await line.landed() == 60
    overlaps = await line.pool.fetchval(
        "select count(*) from raw.slot_ranges a join raw.slot_ranges b"
        " on a.id < b.id and a.from_slot <= b.to_slot and b.from_slot <= a.to_slot"
    )
    assert overlaps == 0


async def test_no_range_closes_while_a_place_in_a_block_is_missing(line_of):
    """Neither push nor list tells it: the block itself is asked."""
    items = history(6)
    for item in items:
        pushed = {k: v for k, v in item.items() if k != "indexWithinBlock"}
        item["pushed"] = pushed
    line = line_of(Provider(items, last=110, tells_index=False))
    await line.push([item.pop("pushed") for item in items])
    assert await line.pool.fetchval("select count(*) from raw.transactions where tx_index is null")

    marks = await line.pass_()

    assert marks.agreed_to == 110
    indexes = await line.pool.fetch("select tx_index from raw.transactions order by slot, tx_index")
    assert [row["tx_index"] for row in indexes] == [0, 1, 2, 0, 1, 2]
    words = await line.pool.fetch("select kind, row_after from raw.revisions")
    assert {word["kind"] for word in words} == {"position"}
    assert sorted(word["row_after"]["tx_index"] for word in words) == [0, 0, 1, 1, 2, 2]


async def test_a_place_that_nobody_tells_keeps_its_slot_open(line_of):
    """Order within a slot is part of completeness."""
    items = history(3)
    first = Provider(items, last=110, tells_index=False, unblocked={signature_of(items[1])})
    line = line_of(first)

    marks = await line.pass_()

    assert marks.agreed_to == 99
    assert "place" in (await line.gaps())[0][2]


async def test_a_vanished_transaction_is_retracted_with_proof(line_of):
    """In no list, not to be fetched, not in its block, in a slot the node vouches for."""
    items = history(6)
    line = line_of(Provider(items[:2] + items[3:], last=110))
    await line.push(items)

    marks = await line.pass_()

    assert marks.agreed_to == 110
    words = await line.pool.fetch("select kind, signature, event_key from raw.revisions")
    assert [tuple(word) for word in words] == [("retract", signature_of(items[2]), None)]
    assert await line.landed() == 5


async def test_a_vanished_transaction_older_than_the_node_remembers_is_uncertain(line_of):
    """A node that has forgotten a slot cannot say that nothing was in it."""
    items = history(6)
    line = line_of(Provider(items[1:], last=110, first=101))
    await line.push(items)
    line.ledger.base = 0

    marks = await line.pass_()

    assert marks.agreed_to == 99
    assert (await line.gaps())[0][2].startswith("uncertain")
    assert await line.pool.fetchval("select count(*) from raw.revisions") == 0


async def test_a_list_that_omits_what_can_be_fetched_retracts_nothing(line_of):
    """The list is wrong, not the chain."""
    items = history(6)
    line = line_of(Provider(items, last=110, unlisted={signature_of(items[0])}))
    await line.push(items)

    marks = await line.pass_()

    assert marks.agreed_to == 99
    assert (await line.gaps())[0][2].startswith("stands")
    assert await line.landed() == 6


async def test_a_second_provider_that_knows_it_saves_a_transaction(line_of):
    """Two providers must agree that it is gone."""
    items = history(6)
    line = line_of(Provider(items[1:], last=110), Provider(items, last=110))
    await line.push(items)

    await line.pass_()

    assert (await line.gaps())[0][2].startswith("stands")
    assert await line.pool.fetchval("select count(*) from raw.revisions") == 0


async def test_a_signature_that_returns_in_another_slot_is_a_replacement(line_of):
    """The old place is taken back, the new one lands; the events are there once."""
    items = history(6)
    moved = items[2] | {"slot": 104, "indexWithinBlock": 0}
    line = line_of(Provider(items[:2] + items[3:] + [moved], last=110))
    await line.push(items)

    marks = await line.pass_()

    assert marks.agreed_to == 110
    word = await line.pool.fetchrow("select kind, slot from raw.revisions")
    assert tuple(word) == ("replace", items[2]["slot"])
    standing = await line.pool.fetch(
        "select slot from raw.standing_transactions where signature = $1", signature_of(moved)
    )
    assert [row["slot"] for row in standing] == [104]


async def test_what_was_taken_for_gone_and_is_listed_after_all_is_restored(line_of):
    """A provider that lied once does not cost an event for ever."""
    items = history(6)
    first = Provider(items[1:], last=110)
    line = line_of(first)
    await line.push(items)
    await line.pass_()
    assert await line.landed() == 5
    first.transactions = items
    await line.pool.execute("delete from raw.slot_ranges; update raw.ledger set agreed_to = -1")

    marks = await line.pass_()

    assert marks.agreed_to == 110
    assert await line.landed() == 6
    kinds = await line.pool.fetch("select kind, event_key is null from raw.revisions order by seq")
    assert [tuple(row) for row in kinds] == [
        ("retract", True), ("restore", True), ("restore", False),
    ]  # fmt: skip


async def test_a_second_provider_that_agrees_makes_it_proven(line_of):
    """Two lists, one hash."""
    items = history(9)
    line = line_of(Provider(items, last=110), Provider(items, last=110))
    await line.push(items)

    await line.pass_()
    marks = await line.pass_()

    assert (marks.agreed_to, marks.proven_to) == (110, 110)


async def test_a_second_provider_that_differs_opens_the_range_again(line_of):
    """Whoever is right: it is not complete, and the watermark says so."""
    items = history(9)
    line = line_of(Provider(items[:-1], last=110), Provider(items, last=110))
    await line.push(items[:-1])

    marks = await line.pass_()

    assert marks.agreed_to < 102
    assert "second provider" in (await line.gaps())[0][2]


async def test_an_event_lost_to_a_cut_log_keeps_its_slot_open_until_resolved(line_of):
    """Never silently complete."""
    items = history(3)
    items[1]["meta"]["logMessages"] = [*items[1]["meta"]["logMessages"][:5], "Log truncated"]
    line = line_of(Provider(items, last=110))
    await line.push(items)

    marks = await line.pass_()
    assert marks.agreed_to == 99
    assert "EventLost" in (await line.gaps())[0][2]

    await line.pool.execute("update ops.dead_letters set status = 'resolved'")
    assert (await line.pass_()).agreed_to == 110


async def test_a_ledger_of_one_chain_refuses_the_node_of_another(line_of):
    """A data directory must not go on with a chain that never was."""
    first = Provider(history(3), last=110)
    line = line_of(first)
    await line.pass_()
    first.chain = "another genesis"

    with pytest.raises(WrongChain):
        await line.pass_()


async def test_a_quiet_program_has_few_ranges(line_of):
    """Empty slots extend the empty range before them."""
    first = Provider([], last=10)
    line = line_of(first)
    for tip in range(10, 60, 10):
        first.last = tip
        marks = await line.pass_()

    assert marks.agreed_to == 50
    assert await line.pool.fetchval("select count(*) from raw.slot_ranges") == 1


async def test_a_ledger_begins_where_it_is_told(line_of):
    """ODDSLINE_LEDGER_FROM_SLOT: what lies before is nobody's claim."""
    items = history(9)
    line = line_of(Provider(items, last=110))
    line.ledger.base = 102

    marks = await line.pass_()

    assert (marks.base, marks.agreed_to) == (102, 110)
    assert await line.landed() == 3


async def test_anyone_can_recompute_a_range_from_its_row(line_of):
    """The hash is over the sorted signatures, joined by newlines."""
    items = history(3)
    line = line_of(Provider(items, last=110))
    await line.pass_()

    recomputed = await line.pool.fetchval(
        "select encode(sha256(string_agg(signature, e'\\n' order by signature collate \"C\")"
        "::bytea), 'hex') from raw.transactions"
    )
    row = await line.pool.fetchrow(
        "select signatures, signatures_hash from raw.slot_ranges where signatures > 0"
    )
    assert tuple(row) == (3, recomputed)


async def test_the_view_for_the_api_tells_standings_gaps_and_lag(line_of):
    """ops.completeness: one row per standing."""
    items = history(9)
    line = line_of(Provider(items, last=110, unfetchable={signature_of(items[4])}))
    await line.pass_()
    await asyncio.sleep(0)

    rows = await line.pool.fetch(
        "select standing, from_slot, up_to_slot, lag_slots, open_gaps from ops.completeness"
        " order by standing"
    )
    assert [tuple(row) for row in rows] == [("agreed", 0, 100, 10, 1), ("proven", 0, -1, 111, 1)]
