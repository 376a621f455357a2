"""Providers fail, lag, lie and disagree: nothing moves past what they did say."""

import pytest

from benchmarks.traffic import PROGRAM
from chain.rpc_errors import RateLimited
from ingestion.ledger.assemble import second_source, source_of
from ingestion.ledger.book import WrongChain
from ingestion.settings import LedgerSettings
from tests.integration.chain.local.conftest import started
from tests.integration.ingestion.provider import Provider, history


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


async def test_a_ledger_of_one_chain_refuses_the_node_of_another(line_of):
    """A data directory must not go on with a chain that never was."""
    first = Provider(history(3), last=110)
    line = line_of(first)
    await line.pass_()
    first.chain = "another genesis"

    with pytest.raises(WrongChain):
        await line.pass_()


async def test_a_pass_that_the_provider_refuses_says_so_where_completeness_is_told(line_of):
    """The watermark's age alone would not say why it stands still."""
    first = Provider(history(3), last=110)
    line = line_of(first)
    await line.pass_()
    first.failing = True
    with pytest.raises(RateLimited):
        await line.pass_()

    errors = await line.pool.fetch("select error from ops.completeness")
    assert all("too many requests" in row["error"] for row in errors)
    first.failing = False
    await line.pass_()
    assert await line.pool.fetchval("select error from ops.completeness limit 1") is None


async def test_a_second_provider_walks_down_from_a_signature_it_knows(line_of):
    """Proving old ranges must not list everything newer each time."""
    items = history(60)
    first, second = (Provider(items, last=200, limit=3, needs_anchor=True) for _ in range(2))
    line = line_of(first, second)
    prover, line.ledger.prover = line.ledger.prover, None
    for tip in range(100, 121):  # a range for each slot
        first.last = second.last = tip
        await line.pass_()
    first.last = second.last = 200
    line.ledger.prover = prover
    ranges = await line.pool.fetchval("select count(*) from raw.slot_ranges where signatures > 0")
    marks = [await line.pass_() for _ in range(3)]

    assert ranges == 20
    assert marks[-1].proven_to == 200
    assert second.pages < 4 * ranges


async def test_a_second_provider_must_have_another_url_and_the_same_genesis(tmp_path):
    """The same URL twice is one mouth; another chain's node proves nothing about this one."""
    async with started(tmp_path / "one") as one, started(tmp_path / "other") as other:
        urls = {
            "same url": one.url,
            "other name": one.url.replace("127.0.0.1", "localhost"),
            "other chain": other.url,
        }
        found = {}
        for name, url in urls.items():
            config = LedgerSettings(
                database_url="postgresql://unused",
                program_id=PROGRAM,
                rpc_url=one.url,
                second_rpc_url=url,
            )
            first = source_of(config, config.chain_url)
            second = await second_source(config, first)
            found[name] = second is not None
            await first.close()
            if second is not None:
                await second.close()

    assert found == {"same url": False, "other name": True, "other chain": False}
