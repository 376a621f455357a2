"""The cache can be lost at any time: the ballots say what it must hold."""

import asyncio

from votes import rebuild
from votes.cache import VoteCache

from .conftest import PROPOSED, Voter


async def test_a_lost_cache_is_found_out_and_rebuilt_to_the_same_counts(intake, redis, votes_pool):
    voters = [Voter(intake) for _ in range(5)]
    await asyncio.gather(*(one.cast(one.ballot()) for one in voters))
    await voters[0].cast(voters[0].ballot("dislike", later_ms=5))
    cache = VoteCache(redis)
    before = await cache.counts("proposal", PROPOSED)
    await redis.flushdb()

    async with votes_pool.acquire() as connection:
        (difference,) = await rebuild.compare(connection, cache)
        await rebuild.rebuild(connection, cache)

        assert difference.counted == before == ("created-aa", 4, 1)
        assert await cache.counts("proposal", PROPOSED) == before
        assert await rebuild.compare(connection, cache) == []


async def test_a_miscounted_cache_is_found_out(voter, redis, votes_pool):
    await voter.cast(voter.ballot())
    await redis.hincrby(f"votes:proposal:{PROPOSED}", "likes", 1)

    async with votes_pool.acquire() as connection:
        (difference,) = await rebuild.compare(connection, VoteCache(redis))

    assert difference.cached == ("created-aa", 2, 0)
    assert difference.counted == ("created-aa", 1, 0)


async def test_a_forged_voter_is_found_out_though_the_counts_agree(voter, redis, votes_pool):
    ballot = voter.ballot()
    await voter.cast(ballot)
    key = f"votes:proposal:{PROPOSED}:voters"
    await redis.hset(key, ballot.wallet, f"{ballot.nonce + 1}:like")

    async with votes_pool.acquire() as connection:
        (difference,) = await rebuild.compare(connection, VoteCache(redis))

    assert (difference.cached, difference.voters) == (difference.counted, 1)


async def test_a_count_that_nobody_voted_for_is_found_out_and_cleared(redis, votes_pool):
    await redis.hset(f"votes:proposal:{PROPOSED}", mapping={"likes": 40, "dislikes": 1})
    cache = VoteCache(redis)

    async with votes_pool.acquire() as connection:
        (difference,) = await rebuild.compare(connection, cache)
        await rebuild.rebuild(connection, cache)

        assert (difference.cached, difference.counted) == ((None, 40, 1), (None, 0, 0))
        assert await rebuild.compare(connection, cache) == []


async def test_ballots_of_a_past_round_do_not_come_back(voter, redis, votes_pool):
    await voter.cast(voter.ballot())
    await the_round_ends(votes_pool)
    cache = VoteCache(redis)

    async with votes_pool.acquire() as connection:
        await rebuild.rebuild(connection, cache)

    assert await cache.counts("proposal", PROPOSED) == (None, 0, 0)


async def the_round_ends(pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("reset role")
        await connection.execute(
            "update marts.market_transitions set signature = 'created-again' "
            "where market_address = 'addr-aa'"
        )
