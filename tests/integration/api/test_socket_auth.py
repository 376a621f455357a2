"""`auth` inside a socket: whoever guesses is sent away, on one connection and over many."""

from collections.abc import AsyncIterator

import pytest

from api.service import Service
from api.socket.identity import MAX_WRONG
from oddsline import cache
from tests.integration.api import rows
from tests.integration.api.sockets import dialled, serving

WRONG = f"ol_{'0' * 12}_{'x' * 43}"


@pytest.fixture
async def where(service: Service) -> AsyncIterator[str]:
    async with serving(service) as address:
        yield address


async def test_a_guesser_is_told_twice_and_then_sent_away(where: str):
    """Wrong keys and wrong tokens alike; the last one closes with 4029."""
    async with dialled(where) as socket:
        shown = [{"key": WRONG}, {"token": "none.of.this"}, {"key": WRONG}]
        refused = []
        for attempt in shown[: MAX_WRONG - 1]:
            await socket.say(type="auth", **attempt)
            refused.append((await socket.hear())["code"])
        await socket.say(type="auth", **shown[-1])
        code, _ = await socket.closed()

    assert refused == ["unauthorized"] * (MAX_WRONG - 1)
    assert code == 4029


async def test_a_good_key_forgives_the_slips_before_it(where: str, owner):
    """Wrong ones count in a row only."""
    key = await rows.key(owner, "read")
    async with dialled(where) as socket:
        told = []
        for attempt in [WRONG, WRONG, key, WRONG, WRONG, key]:
            await socket.say(type="auth", key=attempt)
            told.append((await socket.hear())["type"])

    assert told == ["error", "error", "authenticated"] * 2


async def test_an_address_is_counted_over_all_its_connections(where: str, service: Service, owner):
    """Beyond its limit not even a good key is looked at: 4029 on a new connection too."""
    service.settings.__dict__["limit_socket_auth_per_ip"] = 3
    key = await rows.key(owner, "read")
    told = []
    for _ in range(3):
        async with dialled(where) as socket:
            await socket.say(type="auth", key=WRONG)
            told.append((await socket.hear())["code"])
    async with dialled(where) as socket:
        await socket.say(type="auth", key=key)
        code, _ = await socket.closed()

    assert told == ["unauthorized"] * 3
    assert code == 4029


async def test_while_redis_is_away_nothing_is_looked_at_and_the_connection_stays(
    where: str, service: Service, owner
):
    """Attempts that cannot be counted are refused, as those of sign-in are."""
    key = await rows.key(owner, "read")
    async with dialled(where) as socket:
        gone = cache.commands("redis://127.0.0.1:1/0", name="test")
        service.limiter._script = gone.register_script("return 1")
        await socket.say(type="auth", key=key, id=5)
        refused = await socket.hear()
        await socket.say(type="ping")
        pong = await socket.hear()
        await gone.aclose()

    assert (refused["code"], refused["id"]) == ("unavailable", 5)
    assert pong["type"] == "pong"
