"""The generators: what they send is well formed, and late answers count as late."""

import asyncio
import json

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode

from benchmarks.load.http import Load, Spec, body_size, encode
from benchmarks.load.sockets import Spec as SocketSpec
from benchmarks.load.sockets import Swarm, masked
from tests.support.http import Request, serving


def test_a_heads_length_is_read_whatever_its_case():
    """Servers differ."""
    for name in (b"content-length", b"Content-Length", b"CONTENT-LENGTH"):
        assert body_size(b"HTTP/1.1 200 OK\r\n" + name + b": 1234\r\n") == 1234


def test_an_answer_of_unknown_length_is_no_measurement():
    """Better to stop than to count nonsense."""
    with pytest.raises(ValueError, match="content-length"):
        body_size(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n")


def test_a_request_ends_with_an_empty_line():
    """Headers as given."""
    assert encode("/a?b=1", {"x": "y"}) == b"GET /a?b=1 HTTP/1.1\r\nhost: 127.0.0.1\r\nx: y\r\n\r\n"


@pytest.mark.parametrize("size", [0, 125, 126, 65_535])
def test_a_clients_frame_is_the_librarys_own(size: int):
    """Masked with zeros, which leaves the payload readable."""
    payload = b"x" * size
    theirs = Frame(Opcode.TEXT, payload).serialize(mask=True)
    ours = masked(payload)

    assert len(ours) == len(theirs)
    assert ours[:2] == theirs[:2]
    assert ours.endswith(payload)


async def test_a_swarms_client_answers_pings_and_stays():
    """A server that pings every 50 ms and waits 100 ms keeps the connection."""

    async def told(connection: ServerConnection) -> None:
        async for asked in connection:
            market = json.loads(asked)["market_id"]
            await connection.send(json.dumps({"type": "subscribed", "market_id": market}))

    async with serve(told, "127.0.0.1", 0, ping_interval=0.05, ping_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        spec = SocketSpec(port, "/ws", 3, ["a", "b"], mark="prev_seq", stamp=r"(\d+)", probes=1)
        swarm = Swarm(spec)
        await swarm.connect()
        await asyncio.sleep(0.5)
        assert swarm.lost == 0


async def test_at_a_fixed_rate_a_wait_for_a_busy_connection_counts():
    """A server that stalls is charged for every request that was due meanwhile."""

    async def slow(_: Request) -> tuple[int, bytes]:
        await asyncio.sleep(0.05)
        return 200, b"{}"

    async with serving(slow) as url:
        port = int(url.rpartition(":")[2])
        spec = Spec(port=port, requests=[("/", {})], connections=1, seconds=0.2, rate=50)
        outcome = await Load(spec).run()

    assert outcome.p99_ms > 150  # ten were due in 0.2 s, and one connection answers four
    assert outcome.errors == 0
