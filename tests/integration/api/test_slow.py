"""Clients that take their messages too slowly: kept in step where that can be, else sent away."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from api.service import Service
from api.socket.told import parse_all
from tests.integration.api import rows
from tests.integration.api.sockets import TIMEOUT, Socket, dialled, serving

#: More than kernel and buffers hold between two sockets of one machine.
LARGE = "x" * 200_000


@pytest.fixture
async def socket(service: Service, owner) -> AsyncIterator[Socket]:
    """A follower of market 1 at a server with small buffers, who has stopped reading."""
    await rows.market(owner, 1)
    service.settings.__dict__.update(socket_buffer_bytes=16_384, socket_backlog=30)
    async with serving(service) as where, dialled(where) as connected:
        await connected.subscribe(rows.market_id(1))
        connected.connection.transport.pause_reading()
        yield connected


async def tell(service: Service, seq: int, kind: str, pad: str = "") -> None:
    data = rows.told(1, kind) | ({"trade_id": pad} if pad else {})
    body = json.dumps(rows.message(seq, 1, seq, kind, service.freshness.epoch) | {"data": data})
    service.hub.publish(parse_all([body.encode()]))
    await asyncio.sleep(0)


async def fill(service: Service) -> int:
    """Tell large trades until the client is slow; returns the last seq."""
    seq = 0
    while not service.hub.channel(rows.market_id(1)).slow:
        seq += 1
        await tell(service, seq, "trade:executed", LARGE)
        assert seq < 200, "nobody was slow"
    return seq


async def test_a_client_that_keeps_not_reading_is_closed_with_4008(
    service: Service, socket: Socket
):
    """Once its backlog is full there is no way to lose nothing and wait on."""
    seq = await fill(service)
    for more in range(seq + 1, seq + 40):
        await tell(service, more, "trade:executed")
    assert not service.hub.members
    socket.connection.transport.resume_reading()
    code, _ = await socket.closed()

    assert code == 4008


async def test_a_slow_client_that_catches_up_gets_every_trade_and_the_newest_price(
    service: Service, socket: Socket
):
    """Prices in between are left out, and prev_seq says so: the chain never breaks."""
    last = await fill(service)
    for k in range(1, 21):
        await tell(service, last + k, "price:update" if k % 2 else "trade:executed")
    socket.connection.transport.resume_reading()
    told = [await socket.hear()]
    while told[-1]["seq"] < last + 20:
        told.append(await socket.hear())
    await _until(lambda: not service.hub.channel(rows.market_id(1)).slow)
    await tell(service, last + 21, "price:update")
    told.append(await socket.hear())

    trades = [m["seq"] for m in told if m["type"] == "trade:executed"]
    prices = [m["seq"] for m in told if m["type"] == "price:update"]
    assert trades == [*range(1, last + 1), *range(last + 2, last + 21, 2)]
    assert prices == [last + 19, last + 21]
    assert [m["prev_seq"] for m in told] == [0, *(m["seq"] for m in told[:-1])]


async def _until(true) -> None:
    async with asyncio.timeout(TIMEOUT):
        while not true():  # noqa: ASYNC110 the hub has no event for it
            await asyncio.sleep(0.01)
