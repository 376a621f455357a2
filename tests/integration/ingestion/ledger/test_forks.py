"""What vanished is taken back only with proof, and given back when it returns."""

from chain.rpc_errors import RateLimited
from tests.integration.ingestion.provider import Provider, history, signature_of


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


async def test_a_vanished_transaction_is_questioned_once_its_slot_is_final(line_of):
    """Above the finalized watermark a list says nothing; passing it, the row is audited."""
    items = history(6)
    first = Provider(items[:3], last=100)
    line = line_of(first)
    await line.push(items)

    before = await line.pass_()
    standing = await line.landed()
    first.last = 110
    after = await line.pass_()

    assert (before.agreed_to, standing) == (100, 6)
    assert (after.agreed_to, await line.landed()) == (110, 3)
    words = await line.pool.fetch("select kind, slot from raw.revisions")
    assert [tuple(word) for word in words] == [("retract", 101)] * 3


async def test_a_second_provider_that_cannot_vouch_for_the_slot_leaves_it_uncertain(line_of):
    """One provider's proof is not two providers' proof where two are configured."""
    items = history(6)
    line = line_of(Provider(items[1:], last=110), Provider(items[1:], last=110, first=101))
    await line.push(items)

    await line.pass_()

    assert (await line.gaps())[0][2].startswith("uncertain")
    assert await line.landed() == 6


async def test_a_transaction_that_its_block_names_stands_though_nobody_lists_it(line_of):
    """Neither listed nor to be fetched, yet in its block: an index lost it, not the chain."""
    items = history(6)
    lost = {signature_of(items[0])}
    line = line_of(Provider(items, last=110, unlisted=lost, unfetchable=lost))
    await line.push(items)

    await line.pass_()

    reason = (await line.gaps())[0][2]
    assert reason.startswith("stands")
    assert "its block names it" in reason
    assert await line.landed() == 6


async def test_a_provider_that_fails_while_it_is_asked_leaves_it_uncertain(line_of):
    """An error is no proof of anything."""

    class Forgetful(Provider):
        async def block(self, slot: int) -> list[str] | None:
            raise RateLimited("getBlock", "too many requests", code=429)

    items = history(6)
    line = line_of(Forgetful(items[1:], last=110))
    await line.push(items)

    await line.pass_()

    assert (await line.gaps())[0][2].startswith("uncertain")
    assert await line.landed() == 6
