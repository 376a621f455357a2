"""Limits by the minute: counted over all processes, told in headers, and outliving Redis."""

import asyncio
import sys
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.application import application
from api.limits import BLOCK_DIVISOR, Limiter
from api.problems import Problem
from api.service import Service
from api.settings import ApiSettings
from oddsline import cache
from tests.integration.api import rows
from tests.integration.api.conftest import Api, caller
from tests.integration.api.sockets import dialled, serving

#: A process that asks for more than there is and prints how often it might.
GREEDY = """
import asyncio, sys
from api.limits import Limiter
from oddsline import cache

async def main():
    limiter = Limiter(cache.commands(sys.argv[1], name="test"))
    print(sum([(await limiter.ask("ip:x", 100)).allowed for _ in range(300)]))

asyncio.run(main())
"""


async def test_two_processes_together_stay_within_a_block_of_the_limit(redis_url: str):
    """What leases can be off by is one block a process, and never upwards."""
    command = [sys.executable, "-c", GREEDY, redis_url]
    pipe = asyncio.subprocess.PIPE
    processes = [await asyncio.create_subprocess_exec(*command, stdout=pipe) for _ in range(2)]
    printed = [(await process.communicate())[0] for process in processes]

    allowed = sum(int(text) for text in printed)
    assert 100 - 2 * (100 // BLOCK_DIVISOR) <= allowed <= 100


async def test_a_hot_name_costs_a_round_trip_a_block(redis_url: str):
    """A twentieth of a limit is leased at a time and spent without asking anybody."""
    redis = cache.commands(redis_url, name="test")
    limiter, asked = Limiter(redis), []
    script = limiter._script

    async def counted(**call: Any) -> Any:
        asked.append(call["args"][1])
        return await script(**call)

    limiter._script = counted  # type: ignore[assignment]  # the script, counted
    verdicts = [await limiter.ask("key:x", 1000) for _ in range(1000)]
    await redis.aclose()

    assert all(verdict.allowed for verdict in verdicts)
    assert asked == [1000 // BLOCK_DIVISOR] * BLOCK_DIVISOR


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


async def test_an_invented_forwarded_address_is_no_way_around_the_limit(api: Api):
    """Nobody's X-Forwarded-For is believed unless a proxy is trusted."""
    api.service.settings.__dict__["limit_per_ip"] = 5
    statuses = [
        (await api.get("/status", headers={"X-Forwarded-For": f"198.51.100.{n}"})).status_code
        for n in range(6)
    ]

    assert statuses == [200] * 5 + [429]


@pytest.mark.parametrize("trusted", ["203.0.113.0/24"])
async def test_behind_a_trusted_proxy_each_client_has_a_limit_of_its_own(
    settings: ApiSettings, service: Service, trusted: str
):
    """What the proxy wrote last counts; what the client wrote before it does not."""
    settings.__dict__.update(trusted_proxies=trusted, limit_per_ip=1)

    async def status(forwarded: str) -> int:
        async with caller(application(service)) as client:
            answer = await client.get("/status", headers={"X-Forwarded-For": forwarded})
            return answer.status_code

    assert [await status(f"198.51.100.{n}") for n in (1, 2)] == [200, 200]
    assert await status("192.0.2.7, 198.51.100.1") == 429


async def test_upgrades_have_a_limit_too(service: Service, owner):
    """A client that comes back without end is told to wait."""
    service.settings.__dict__["limit_connects_per_ip"] = 2
    async with serving(service) as where:
        for _ in range(2):
            async with dialled(where):
                pass
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://{where}/ws"):
                pass

    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["retry-after"]) > 0


async def test_ballots_of_one_address_have_a_limit_of_their_own(api: Api):
    """Many wallets behind one address are still one address."""
    await rows.market(api.owner, 1, state="PROPOSED")
    api.service.settings.__dict__["limit_ballots_per_ip"] = 2
    statuses = []
    for n in range(3):
        body = {
            "wallet": rows.address(n), "choice": "like", "nonce": 1, "round": "r",
            "issued_at": "2026-11-24T04:00:00.000Z", "expires_at": "2026-11-24T04:05:00.000Z",
            "signature": rows.signature(n),
        }  # fmt: skip
        answer = await api.client.post(f"/votes/proposal/{rows.market_id(1)}", json=body)
        statuses.append(answer.status_code)

    assert 429 not in statuses[:2]
    assert statuses[2] == 429


async def test_without_redis_reading_goes_on_counted_and_sign_in_stops():
    """Open routes count in the process; closed ones refuse."""
    limiter = Limiter(cache.commands("redis://127.0.0.1:1/0", name="test"))
    verdicts = [(await limiter.ask("ip:x", 20)).allowed for _ in range(21)]

    assert verdicts == [True] * 20 + [False]
    with pytest.raises(Problem) as refused:
        await limiter.ask("auth:x", 20, fail_open=False)
    assert refused.value.status == 503
