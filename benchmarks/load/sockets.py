"""Many WebSocket clients in one process: raw frames over uvloop, counted at the speed of C.

    python -m benchmarks.load.sockets SPEC_JSON    # then "report" lines on stdin, one JSON each

Every delivery on every connection is counted by a mark that each message carries once. Some
connections, spread over the order in which they joined, are probes: of each of their messages the
number that `stamp` finds is noted with the moment it was read.
"""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

#: Handshakes on their way at a time.
AT_ONCE = 50
#: A server's ping: it closes where nobody answers. Bytes that only look like one cost a pong.
_PING = re.compile(rb"\x89([\x00-\x7d])")
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@dataclass(frozen=True)
class Spec:
    """Whom to follow what at, and what to look for."""

    port: int
    path: str
    connections: int
    markets: Sequence[str]
    mark: str
    stamp: str  # a pattern with one group of digits
    probes: int
    headers: Mapping[str, str] = field(default_factory=dict)
    socketio: bool = False


def masked(payload: bytes, opcode: int = 1) -> bytes:
    """A client's whole frame (of text) of at most 65,535 bytes; the mask is zero."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((0x80 | opcode,)) + length + b"\0\0\0\0" + payload


class Client(asyncio.Protocol):
    """One connection: upgrades, subscribes, then counts."""

    def __init__(self, swarm: "Swarm", market: str, *, probes: bool) -> None:
        self._swarm = swarm
        self._market = market
        self._probe = b"" if probes else None
        self._tail = b""
        self.count = 0
        self.subscribed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._transport.write(self._swarm.upgrade)

    def data_received(self, data: bytes) -> None:
        if not self.subscribed.done():
            self._shake(data)
            return
        mark = self._swarm.mark
        edge = self._tail + data[: len(mark) - 1]
        self.count += data.count(mark) + (edge.count(mark) if self._tail else 0)
        self._tail = data[1 - len(mark) :]
        if self._probe is not None:
            self._note(self._probe + data)
        if b"\x89" in data:
            self._pong(data)
        if self._swarm.spec.socketio and b"\x81\x012" in data:
            self._transport.write(masked(b"3"))

    def _shake(self, data: bytes) -> None:
        if b"subscribed" in data:
            self.subscribed.set_result(None)
        elif not self._swarm.spec.socketio and b"101" in data[:16]:
            asked = {"type": "subscribe:market", "market_id": self._market}
            self._transport.write(masked(json.dumps(asked).encode()))
        elif b'0{"sid"' in data and b'40{"sid"' not in data:
            self._transport.write(masked(b"40"))
        elif b'40{"sid"' in data:
            asked_for = json.dumps(["subscribe", self._market])
            self._transport.write(masked(b"42" + asked_for.encode()))
        elif b"101" not in data[:16] and b"HTTP/1.1" in data[:16]:
            self.subscribed.set_exception(ConnectionRefusedError(data[:300].decode()))

    def _pong(self, data: bytes) -> None:
        for ping in _PING.finditer(data):
            size = ping[1][0]
            payload = data[ping.end() : ping.end() + size]
            if len(payload) == size:
                self._transport.write(masked(payload, opcode=0xA))

    def _note(self, data: bytes) -> None:
        now, end = time.monotonic_ns(), 0
        for match in self._swarm.stamp.finditer(data):
            self._swarm.noted.append((int(match[1]), now))
            end = match.end()
        self._probe = data[end:][-2048:]

    def connection_lost(self, error: Exception | None) -> None:
        self._swarm.lost += 1
        if not self.subscribed.done():
            self.subscribed.set_exception(error or ConnectionResetError("closed in the handshake"))


class Swarm:
    """All connections."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.mark = spec.mark.encode()
        self.stamp = re.compile(spec.stamp.encode())
        self.noted: list[tuple[int, int]] = []
        self.lost = 0
        lines = [f"GET {spec.path} HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {_KEY}", "Sec-WebSocket-Version: 13"]
        lines += [f"{name}: {value}" for name, value in spec.headers.items()]
        self.upgrade = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._clients: list[Client] = []

    async def connect(self) -> None:
        """Open all connections, market after market in turn."""
        # One more than the markets divide by, so that probes follow different ones.
        every = max(1, self.spec.connections // max(1, self.spec.probes)) | 1
        loop = asyncio.get_running_loop()
        for first in range(0, self.spec.connections, AT_ONCE):
            batch = [
                Client(self, self.spec.markets[n % len(self.spec.markets)], probes=n % every == 0)
                for n in range(first, min(first + AT_ONCE, self.spec.connections))
            ]
            for client in batch:
                await loop.create_connection(lambda it=client: it, "127.0.0.1", self.spec.port)  # type: ignore[misc]  # a default argument is not part of the factory's type
            await asyncio.gather(*(client.subscribed for client in batch))
            self._clients += batch

    def report(self) -> str:
        """What was delivered so far, and what probes noted since the last report."""
        noted, self.noted = self.noted, []
        delivered = sum(client.count for client in self._clients)
        return json.dumps({"delivered": delivered, "lost": self.lost, "noted": noted})


async def serve(spec: Spec) -> None:
    """Connect, say so, and report whenever asked; ends with stdin."""
    swarm = Swarm(spec)
    await swarm.connect()
    print(swarm.report(), flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(swarm.report(), flush=True)
    os._exit(0)  # thousands of open sockets need no farewell


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Spec(**json.loads(sys.argv[1]))))
