"""Limits by the minute: counted over all processes, told in headers, and outliving Redis."""

import pytest

from api.limits import BLOCK_DIVISOR, Limiter
from api.problems import Problem
from oddsline import cache
from tests.integration.api.conftest import Api


async def test_two_processes_together_stay_within_a_block_of_the_limit(redis_url: str):
    """What leases can be off by is one block a process."""
    redis = cache.commands(redis_url, name="test")
    processes = [Limiter(redis), Limiter(redis)]
    allowed = 0
    for k in range(400):
        verdict = await processes[k % 2].ask("ip:x", 100)
        allowed += verdict.allowed
    await redis.aclose()

    assert 100 - 2 * (100 // BLOCK_DIVISOR) <= allowed <= 100


async def test_beyond_the_limit_of_an_address_is_429_with_the_time_to_wait(api: Api):
    """100 a minute without a key; each answer says what is left."""
    answers = [await api.get("/status") for _ in range(101)]

    assert [a.status_code for a in answers] == [200] * 100 + [429]
    assert answers[0].headers["ratelimit-limit"] == "100"
    assert int(answers[0].headers["ratelimit-remaining"]) == 99
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_key_has_its_own_limit(api: Api):
    """With a valid key only the key's limit counts."""
    headers = await api.key("read", rate=150)
    statuses = [(await api.get("/status", headers=headers)).status_code for _ in range(151)]

    assert statuses == [200] * 150 + [429]


async def test_without_redis_reading_goes_on_counted_and_sign_in_stops():
    """Open routes count in the process; closed ones refuse."""
    limiter = Limiter(cache.commands("redis://127.0.0.1:1/0", name="test"))
    verdicts = [(await limiter.ask("ip:x", 20)).allowed for _ in range(21)]

    assert verdicts == [True] * 20 + [False]
    with pytest.raises(Problem) as refused:
        await limiter.ask("auth:x", 20, fail_open=False)
    assert refused.value.status == 503
