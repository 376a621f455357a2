"""`oddsline backfill`: a range of slots, fetched in bounded portions, resumable, honest at its end."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Sequence

import asyncpg
import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from chain.local.settings import LOCAL_PROGRAM_ID
from ingestion.backfill import backfill
from ingestion.landing.collector import Outcome
from ingestion.landing.rows import Landable
from ingestion.ledger.fetch import CHUNK
from ingestion.ledger.ranges import Range
from tests.integration.chain.local.conftest import SOL, Node, started
from tests.integration.ingestion.provider import Provider, history, signature_of

SYSTEM = "11111111111111111111111111111111"


async def pieces(line, low: int, high: int) -> list[tuple[int, int, str | None]]:
    """Backfill a range to its end; what was said of it, in order of slots."""
    cuts = [cut async for cut in backfill(line.ledger.walker, Range(low, high))]
    return sorted((p.low, p.high, p.reason) for cut in cuts for p in cut)


async def test_only_the_range_asked_for_is_fetched_and_closed(line_of):
    """Slots beside it are nobody's claim."""
    line = line_of(Provider(history(9), last=110))

    found = await pieces(line, 101, 101)

    assert found == [(101, 101, None)]
    slots = await line.pool.fetch("select distinct slot from raw.transactions")
    assert [row["slot"] for row in slots] == [101]
    ranges = await line.pool.fetch("select from_slot, to_slot, standing from raw.slot_ranges")
    assert [tuple(row) for row in ranges] == [(101, 101, "agreed")]


async def test_what_is_not_final_yet_is_left_to_the_ledger(line_of):
    """A range that reaches beyond the tip ends at it; one that lies beyond is empty."""
    line = line_of(Provider(history(9), last=101))

    assert await pieces(line, 102, 200) == []
    assert (await pieces(line, 100, 200))[-1][1] == 101
    assert await line.landed() == 6


async def test_a_stopped_backfill_goes_on_where_it_stopped(line_of):
    """What was said to be closed is not asked for again."""

    class Counting(Provider):
        async def transaction(self, signature: str):
            asked.append(signature)
            return await super().transaction(signature)

    asked: list[str] = []
    line = line_of(Counting(history(30), last=110, limit=6))
    stopped = backfill(line.ledger.walker, Range(100, 109))
    assert isinstance(stopped, AsyncGenerator)
    first = await anext(stopped)
    await stopped.aclose()
    closed = [piece for piece in first if piece.reason is None]
    done, before = await line.landed(), list(asked)
    await pieces(line, 100, 109)

    assert closed
    assert 0 < done < 30
    assert await line.landed() == 30
    assert sorted(asked) == sorted(set(asked)), "nothing was fetched twice"
    assert set(asked[: len(before)]) == set(before)


async def test_fetched_transactions_wait_in_portions_however_long_the_page(line_of):
    """Memory and the landing lock see no more than a portion at a time."""

    class Wide(Provider):
        async def transaction(self, signature: str):
            flying.add(signature)
            most.append(len(flying))
            await asyncio.sleep(0)
            flying.discard(signature)
            return await super().transaction(signature)

    flying: set[str] = set()
    most: list[int] = []
    portions: list[int] = []
    line = line_of(Wide(history(4 * CHUNK), last=300))
    fetcher = line.ledger.walker.settler.fetcher
    landing = fetcher.land

    async def land(items: Sequence[Landable]) -> Outcome:
        portions.append(len(items))
        return await landing(items)

    fetcher.land = land
    await pieces(line, 0, 300)

    assert await line.landed() == 4 * CHUNK
    assert max(portions) <= CHUNK
    assert max(most) <= CHUNK
    assert len(portions) >= 4


async def test_what_cannot_be_fetched_stays_open_with_its_reason(line_of):
    """And the rest of the range closes."""
    items = history(9)
    line = line_of(Provider(items, last=110, unfetchable={signature_of(items[4])}))

    found = await pieces(line, 100, 102)

    assert [(low, high) for low, high, reason in found if reason] == [(101, 101)]
    assert [row[:2] for row in await line.gaps()] == [(101, 101)]


async def test_a_backfill_killed_in_the_middle_is_finished_by_the_next(
    bare_database: str, tmp_path
) -> None:
    """kill -9 after a portion landed: the second run brings the rest, each transaction once."""
    async with started(tmp_path, program_id=LOCAL_PROGRAM_ID) as node:
        low, high, sent = await _transfers(node, 2 * CHUNK + 20)
        slow = await _oddsline(node, bare_database, low, high, per_second=60)
        connection = await asyncpg.connect(bare_database)
        try:
            while not (landed := await _landed(connection)):
                assert slow.returncode is None, "it ended before it could be killed"
                await asyncio.sleep(0.02)
            slow.kill()
            await slow.communicate()
            again = await _oddsline(node, bare_database, low, high, per_second=10_000)
            _, told = await again.communicate()
            signatures = await connection.fetch("select signature from raw.transactions")
            open_gaps = await connection.fetchval("select count(*) from ops.open_gaps")
        finally:
            await connection.close()

    assert 0 < landed < len(sent)
    assert again.returncode == 0, told.decode()
    assert b"100%" in told
    assert sorted(row["signature"] for row in signatures) == sorted(sent)
    assert open_gaps == 0


@pytest.mark.parametrize(
    "arguments", [("9", "8"), ("-1", "8"), ("x", "8")], ids=["backwards", "negative", "no number"]
)
async def test_a_range_that_is_none_is_refused_before_anything_is_opened(arguments):
    """Exit code 2, and the option is named."""
    process = await _command({}, *arguments)
    _, told = await process.communicate()

    assert process.returncode == 2
    assert b"slot" in told


async def _transfers(node: Node, count: int) -> tuple[int, int, list[str]]:
    """So many transfers in a few slots, final: first slot, last slot, signatures."""
    payer: Keypair = await node.funded()
    low = await node.rpc("getSlot", {"commitment": "processed"})
    sent = []
    for n in range(count):
        sent.append(await node.pay(payer, Pubkey.new_unique(), SOL // 100))
        if n % 40 == 39:
            await node.advance()
    high = await node.rpc("getSlot", {"commitment": "processed"})
    await node.advance(5)
    return low, high, sent


async def _landed(connection: asyncpg.Connection) -> int:
    found: int = await connection.fetchval("select count(*) from raw.transactions")
    return found


async def _oddsline(node: Node, database: str, low: int, high: int, *, per_second: int) -> Process:
    values = {
        "ODDSLINE_DATABASE_URL": database,
        "ODDSLINE_RPC_URL": node.url,
        "ODDSLINE_PROGRAM_ID": SYSTEM,  # whose transactions the transfers are
        "ODDSLINE_RPC_PER_SECOND": str(per_second),
    }
    return await _command(values, str(low), str(high))


async def _command(values: dict[str, str], low: str, high: str) -> Process:
    arguments = ("-m", "oddsline.cli", "backfill", "--from-slot", low, "--to-slot", high)
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env=os.environ | values, stdout=PIPE, stderr=PIPE
    )
