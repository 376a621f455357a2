"""A watermark moves only over what push and list agree on."""

from prometheus_client import REGISTRY

from tests.integration.ingestion.provider import Provider, history, signature_of


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

    rows = await line.pool.fetch(
        "select standing, from_slot, up_to_slot, lag_slots, open_gaps from ops.completeness"
        " order by standing"
    )
    assert [tuple(row) for row in rows] == [("agreed", 0, 100, 10, 1), ("proven", 0, -1, 111, 1)]


async def test_a_gap_is_told_while_it_is_repaired_and_remembered_once_it_closed(line_of):
    """Between finding and fetching it is open; afterwards its row keeps why it was."""

    class Slow(Provider):
        async def transaction(self, signature: str):
            seen.append(await line.gaps())
            return await super().transaction(signature)

    seen: list[list[tuple[int, int, str]]] = []
    items = history(9)
    line = line_of(Slow(items, last=110))
    await line.push(items[:2] + items[5:])

    await line.pass_()

    newest, oldest = [(101, 101, "2 missing")], [(100, 100, "1 missing")]
    assert seen == [newest, newest, oldest]
    assert await line.gaps() == []
    closed = await line.pool.fetch(
        "select from_slot, to_slot, reason, closed_at > created_at"
        " from raw.slot_ranges where reason is not null"
    )
    assert {tuple(row) for row in closed} == {
        (101, 110, "2 missing", True),
        (0, 100, "1 missing", True),
    }


async def test_metrics_tell_open_gaps_and_lag_by_standing(line_of):
    """Set by every pass, and taken back when the gap closes."""
    items = history(9)
    first = Provider(items, last=110, unfetchable={signature_of(items[4])})
    line = line_of(first, Provider(items, last=110))
    await line.pass_()
    stuck = _ledger_metrics()
    first.unfetchable.clear()
    await line.pass_()
    await line.pass_()

    assert (stuck["gaps"], stuck["agreed"], stuck["proven"]) == (1, 10, 10)
    assert stuck["age"] > 0
    assert _ledger_metrics() == {"gaps": 0, "age": 0, "agreed": 0, "proven": 0}


def _ledger_metrics() -> dict[str, float]:
    def value(name: str, labels: dict[str, str] | None = None) -> float:
        found = REGISTRY.get_sample_value(name, labels)
        assert found is not None, name
        return found

    return {
        "gaps": value("oddsline_ledger_open_gaps"),
        "age": value("oddsline_ledger_oldest_gap_seconds"),
        "agreed": value("oddsline_ledger_lag_slots", {"standing": "agreed"}),
        "proven": value("oddsline_ledger_lag_slots", {"standing": "proven"}),
    }
