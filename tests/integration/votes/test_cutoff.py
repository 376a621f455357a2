"""A phase ends by the chain's clock: in time is what was stored before we saw it pass the end."""

from datetime import UTC, datetime, timedelta

import asyncpg
from solders.keypair import Keypair

from benchmarks import ballots
from orchestration.voting import eligibility
from votes import aggregate
from votes.aggregate import Question, Until
from votes.ballot import Domain

DOMAIN = Domain("oddsline.test", "1" * 32, "1" * 32)
(MARKET,) = ballots.market_ids(1, 1)
END = 1_800_000_000  # chain time, unix seconds: nothing like our clock
FIRST_SLOT = 1000
OURS = datetime(2026, 11, 24, 12, tzinfo=UTC)  # wall time of the first ballot


async def voted(connection: asyncpg.Connection, count: int) -> Question:
    """A proposal with ballots stored a second apart."""
    await ballots.seed(connection, DOMAIN, [MARKET], [Keypair() for _ in range(count)])
    await connection.execute(
        "update raw.votes set received_at = $1::timestamptz + (seq - 1) * interval '1 second'", OURS
    )
    opened = datetime.fromtimestamp(END - 1000, UTC)
    return Question(MARKET, f"A{MARKET}", "proposal", f"R{MARKET}", FIRST_SLOT, opened)


async def landed(connection: asyncpg.Connection, slot: int, block_time: int, after_s: float):
    """A transaction of the program, seen so many seconds after the first ballot."""
    await connection.execute("select raw.ensure_partitions($1)", slot)
    await connection.execute(
        "insert into raw.transactions (slot, signature, block_time, version, source, commitment, "
        "received_at) values ($1, $2, to_timestamp($3), '0', 'webhook', 'confirmed', $4)",
        slot,
        f"tx {slot} {after_s}",
        block_time,
        OURS + timedelta(seconds=after_s),
    )


async def counted(connection: asyncpg.Connection, question: Question, until: Until) -> int:
    """How many ballots count."""
    rule = eligibility.AnyWallet()
    tallies = await aggregate.count(connection, {question: until}, eligibility=rule)
    return tallies[question].voters


async def test_ballots_count_until_a_block_past_the_end_was_seen(connection: asyncpg.Connection):
    """Ten a second apart; the chain's end was seen between the fourth and the fifth."""
    question = await voted(connection, 10)
    for n in range(20):  # the slots before and after the end
        await landed(connection, FIRST_SLOT + n, END - 10 + n, after_s=n - 6.5)

    assert await counted(connection, question, Until(END, over=True)) == 4


async def test_what_was_fetched_late_does_not_move_the_end(connection: asyncpg.Connection):
    """The first transaction past the end came by backfill, a minute after a later one."""
    question = await voted(connection, 10)
    await landed(connection, FIRST_SLOT, END - 1, after_s=0.5)
    await landed(connection, FIRST_SLOT + 5, END, after_s=60)
    await landed(connection, FIRST_SLOT + 9, END + 4, after_s=2.5)

    assert await counted(connection, question, Until(END, over=True)) == 3


async def test_where_the_chain_was_silent_the_first_count_is_the_end(
    connection: asyncpg.Connection,
):
    """Nobody has seen the end before: what is there counts, and stays what counts."""
    question = await voted(connection, 5)
    assert await counted(connection, question, Until(END, over=True)) == 5
    await connection.execute(
        "insert into ops.tallies (market_id, kind, round, in_favour, against, voters, "
        "threshold_bps, quorum, eligibility, decision, counted_root, rejected_root, rejected, "
        "cutoff_seq, chain_until) values ($1, 'proposal', $2, 2, 1, 3, 7000, 3, 'any', "
        "'rejected', 'c', 'r', 0, 3, $3)",
        question.market_id,
        question.round,
        END,
    )

    assert await counted(connection, question, Until(END, over=True)) == 3


async def test_a_phase_that_is_not_over_cuts_nobody_off(connection: asyncpg.Connection):
    """All that is stored counts."""
    question = await voted(connection, 5)
    await landed(connection, FIRST_SLOT, END, after_s=1)

    assert await counted(connection, question, Until(END - 1)) == 5
