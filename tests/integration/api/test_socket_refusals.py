"""What the wire refuses: frames, floods, upgrades, and clients whose time is over."""

import asyncio
import time
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.service import Service
from api.socket import identity
from tests.integration.api import rows
from tests.integration.api.sockets import Line, dialled, serving


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type": "buy"}',
        '{"type": "subscribe:market"}',
        '{"type": "subscribe:market", "market_id": "\' or 1=1"}',
        '{"type": "subscribe:market", "market_id": "*", "after": {"epoch": 1}}',
        '{"type": "subscribe:market", "market_id": "*", "after": {"epoch": "e", "seq": -1}}',
        '{"type": "ping", "extra": 1}',
        b"\x00\xff binary",
    ],
)
async def test_a_malformed_message_is_an_error_and_the_connection_lives(where: str, frame):
    """Nothing a client says kills its reader."""
    async with dialled(where) as socket:
        await socket.connection.send(frame)
        refused = await socket.hear()
        await socket.say(type="ping", id=7)
        pong = await socket.hear()

    assert (refused["type"], refused["code"]) == ("error", "bad_request")
    assert pong == {"type": "pong", "id": 7}


async def test_an_unknown_market_is_an_error(where: str):
    """The id is echoed so that the client knows which request failed."""
    async with dialled(where) as socket:
        refused = await socket.subscribe("ab" * 32, id=1)

    assert (refused["code"], refused["id"]) == ("unknown_market", 1)


async def test_a_huge_message_closes_with_1009(where: str):
    """Frames beyond the limit are not even read."""
    async with dialled(where) as socket:
        await socket.connection.send("x" * 100_000)
        code, _ = await socket.closed()

    assert code == 1009


async def test_a_flood_closes_with_4029(line: Line, service: Service):
    """More messages than the limit end the connection."""
    service.settings.__dict__["socket_messages_per_minute"] = 20
    async with serving(service) as where, dialled(where) as socket:
        for _ in range(30):
            await socket.say(type="ping")
        code, _ = await socket.closed()

    assert code == 4029


async def test_too_many_subscriptions_are_refused(line: Line, service: Service):
    """The connection keeps those it has."""
    service.settings.__dict__["socket_subscriptions"] = 1
    async with serving(service) as where, dialled(where) as socket:
        await socket.subscribe(rows.market_id(1))
        refused = await socket.subscribe(rows.market_id(2))
        await line.tell(1)
        told = await socket.hear()

    assert refused["code"] == "too_many_subscriptions"
    assert told["market_id"] == rows.market_id(1)


async def test_an_expired_token_closes_with_4401(
    line: Line, service: Service, monkeypatch: pytest.MonkeyPatch
):
    """A connection does not outlive what it was opened with."""
    service.settings.__dict__["heartbeat_ms"] = 50
    token = service.tokens.mint(rows.address("alice"))
    later = SimpleNamespace(time=lambda: time.time() + service.tokens.ttl_s)
    async with serving(service) as where, dialled(where, Authorization=f"Bearer {token}") as socket:
        await socket.subscribe(rows.market_id(1))
        monkeypatch.setattr(identity, "time", later)
        code, _ = await socket.closed()

    assert code == 4401


async def test_a_revoked_key_closes_with_4401(line: Line, service: Service):
    """Within seconds of the revocation."""
    service.settings.__dict__["heartbeat_ms"] = 50
    key = await rows.key(line.owner, "stream:all")
    async with serving(service) as where, dialled(where, X_API_Key=key) as socket:
        await socket.subscribe("*")
        await line.owner.execute("update ops.api_keys set revoked_at = now()")
        code, _ = await socket.closed()

    assert code == 4401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.test"}, 403),
        ({"X-API-Key": "ol_nonsense"}, 401),
        ({"Authorization": "Bearer none.of.this"}, 401),
        ({"Authorization": "Basic abc"}, 401),
    ],
)
async def test_an_upgrade_that_may_not_be_is_refused_as_http(where: str, headers, status: int):
    """Refused before the socket opens, as problem+json."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://{where}/ws", additional_headers=headers):
            pass

    assert refused.value.response.status_code == status
    assert refused.value.response.headers["content-type"] == "application/problem+json"


async def test_too_many_connections_of_one_address_are_refused(line: Line, service: Service):
    """The cap is on what is open; a closed one makes room."""
    service.settings.__dict__["socket_connections_per_ip"] = 1
    async with serving(service) as where:
        async with dialled(where):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(f"ws://{where}/ws"):
                    pass
        await asyncio.sleep(0.05)
        async with dialled(where):
            pass

    assert refused.value.response.status_code == 429


async def test_a_draining_process_says_so_and_sends_clients_back(line: Line, service: Service):
    """readyz is 503 before sockets close with 1012 and a time to come back."""
    service.settings.__dict__["drain_s"] = 0.1
    async with AsyncExitStack() as stack:
        async with serving(service) as where:
            socket = await stack.enter_async_context(dialled(where))
        code, reason = await socket.closed()

    assert code == 1012
    assert reason is not None
    assert reason.startswith('{"retry_after_ms":')
    assert service.health.draining
