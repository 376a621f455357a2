"""A ballot is stored once, exactly as it was signed, and shows in the count; nothing else is."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from oddsline import cache
from votes.cache import VoteCache
from votes.intake import Intake
from votes.problems import BallotRefusedError, Problem

from .conftest import DISPUTED, DOMAIN, PROPOSED, Voter


async def stored(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    return await pool.fetch("select * from raw.votes order by seq")


async def refused(call) -> Problem:
    with pytest.raises(BallotRefusedError) as caught:
        await call
    return caught.value.problem


async def test_a_ballot_is_stored_with_the_bytes_that_were_signed(voter, votes_pool):
    ballot = voter.ballot()

    receipt = await voter.cast(ballot)

    (row,) = await stored(votes_pool)
    assert row["signed_bytes"] == ballot.text(DOMAIN).encode()
    assert row["signature"] == voter.sign(ballot)
    assert (row["seq"], row["received_at"]) == (receipt.seq, receipt.received_at)


async def test_the_cached_count_and_the_set_of_voters_follow(voter, redis):
    ballot = voter.ballot()
    await voter.cast(ballot)

    assert await redis.hgetall(f"votes:proposal:{PROPOSED}") == {
        b"round": b"created-aa",
        b"opened": b"10",
        b"likes": b"1",
        b"dislikes": b"0",
    }
    assert await redis.hgetall(f"votes:proposal:{PROPOSED}:voters") == {
        ballot.wallet.encode(): f"{ballot.nonce}:like".encode()
    }


async def test_a_wallet_may_change_its_vote_and_is_counted_once(voter, redis, votes_pool):
    await voter.cast(voter.ballot("like"))
    await voter.cast(voter.ballot("dislike", later_ms=5))

    assert await VoteCache(redis).counts("proposal", PROPOSED) == ("created-aa", 0, 1)
    assert len(await stored(votes_pool)) == 2


async def test_the_same_bytes_again_give_the_same_receipt(voter, votes_pool):
    ballot = voter.ballot()
    first = await voter.cast(ballot)
    second = await voter.cast(ballot)

    assert (second.seq, second.received_at) == (first.seq, first.received_at)
    assert second.repeated
    assert not first.repeated
    assert len(await stored(votes_pool)) == 1


async def test_an_older_nonce_is_a_conflict(voter, votes_pool):
    await voter.cast(voter.ballot(later_ms=20_000))

    assert await refused(voter.cast(voter.ballot("dislike"))) is Problem.STALE_NONCE
    assert len(await stored(votes_pool)) == 1


async def test_another_choice_under_the_same_nonce_is_a_conflict(voter):
    ballot = voter.ballot()
    await voter.cast(ballot)

    assert await refused(voter.cast(replace(ballot, choice="dislike"))) is Problem.STALE_NONCE


async def test_the_same_ballot_a_hundred_times_at_once_is_stored_once(voter, votes_pool, redis):
    ballot = voter.ballot()

    receipts = await asyncio.gather(*(voter.cast(ballot) for _ in range(100)))

    assert len({receipt.seq for receipt in receipts}) == 1
    assert sum(not receipt.repeated for receipt in receipts) == 1
    assert len(await stored(votes_pool)) == 1
    assert await VoteCache(redis).counts("proposal", PROPOSED) == ("created-aa", 1, 0)


async def test_a_hundred_wallets_at_once_are_all_counted(intake, votes_pool, redis):
    voters = [Voter(intake) for _ in range(100)]

    await asyncio.gather(*(one.cast(one.ballot()) for one in voters))

    assert len(await stored(votes_pool)) == 100
    assert await VoteCache(redis).counts("proposal", PROPOSED) == ("created-aa", 100, 0)


@pytest.mark.parametrize(
    ("market", "choice", "changes", "problem"),
    [
        ("cc" * 32, "like", {}, Problem.UNKNOWN_MARKET),
        (DISPUTED, "like", {}, Problem.WRONG_PHASE),
        (PROPOSED, "agree", {}, Problem.WRONG_PHASE),
        (DISPUTED, "agree", {"round": "disputed-old"}, Problem.WRONG_ROUND),
        (PROPOSED, "like", {"choice": "agree"}, Problem.WRONG_CHOICE),
        (PROPOSED, "like", {"wallet": "not-a-key"}, Problem.MALFORMED_KEY),
        (PROPOSED, "like", {"nonce": 1}, Problem.NONCE_MISMATCH),
    ],
    ids=lambda value: value.name if isinstance(value, Problem) else "",
)
async def test_what_cannot_count_is_refused_by_name_and_not_stored(
    voter, votes_pool, market, choice, changes, problem
):
    ballot = replace(voter.ballot(choice, market=market), **changes)

    assert await refused(voter.cast(ballot)) is problem
    assert await stored(votes_pool) == []


async def test_a_forged_signature_is_refused_and_not_stored(voter, intake, votes_pool):
    ballot = voter.ballot()
    forged = Voter(intake).sign(ballot)

    assert await refused(voter.cast(ballot, signature=forged)) is Problem.BAD_SIGNATURE
    assert await stored(votes_pool) == []


async def test_a_signature_for_one_market_is_no_vote_on_another(voter, votes_pool):
    ballot = voter.ballot(market=PROPOSED)
    elsewhere = replace(ballot, market_id="cc" * 32)

    assert (
        await refused(
            voter.cast(
                ballot,
                signature=voter.sign(elsewhere),
                signed_text=elsewhere.text(DOMAIN),
            )
        )
        is Problem.WRONG_MARKET
    )
    assert await stored(votes_pool) == []


async def test_votes_are_taken_while_the_cache_is_away(votes_pool):
    nowhere = VoteCache(cache.commands("redis://127.0.0.1:1/0", name="test"))
    intake = Intake(votes_pool, nowhere)
    await intake.start()
    voter = Voter(intake)

    await voter.cast(voter.ballot())

    await intake.stop()
    assert len(await stored(votes_pool)) == 1


async def test_the_services_role_can_neither_change_nor_remove_a_ballot(voter, votes_pool):
    await voter.cast(voter.ballot())

    for statement in ("delete from raw.votes", "update raw.votes set choice = 'dislike'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await votes_pool.execute(statement)
