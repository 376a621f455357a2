"""What the supervisor must know of a process, and how it is asked whether it is well."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from oddsline.embedded.program import Program

Probe = Callable[[], Awaitable[bool]]
Action = Callable[[], Awaitable[None]]

#: Seconds a probe may take.
PROBE_TIMEOUT = 2.0


@dataclass(frozen=True)
class Spec:
    """One process of a line.

    Attributes:
        name: how people call it.
        program: makes what is started; called at every start, so it may tidy up first.
        probe: whether it is well now; None = it is well while it runs.
        port: what it listens on, checked before it starts.
        setting: the variable that chooses the port.
        url: what a person opens or connects to, without secrets.
        grace: seconds to stop by itself before it is killed.
    """

    name: str
    program: Callable[[], Program]
    probe: Probe | None = None
    port: int | None = None
    setting: str = ""
    url: str = ""
    grace: float = 15.0


@dataclass(frozen=True)
class Stage:
    """Processes that start together; once they are well, `then` runs before the next stage."""

    specs: tuple[Spec, ...] = ()
    then: tuple[tuple[str, Action], ...] = ()
    wait: bool = True


def http_probe(url: str, *, rpc: str | None = None) -> Probe:
    """Well when the URL answers 200; with `rpc` that JSON-RPC method is called."""
    body = None
    if rpc is not None:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": rpc}).encode()

    def ask() -> bool:
        request = urllib.request.Request(url, data=body)  # noqa: S310 our own URLs
        request.add_header("Content-Type", "application/json")
        try:
            with _OPENER.open(request, timeout=PROBE_TIMEOUT) as answer:
                return bool(answer.status == 200) and (rpc is None or b'"result"' in answer.read())
        except (OSError, urllib.error.HTTPError):
            return False

    return blocking_probe(ask)


def port_probe(host: str, port: int) -> Probe:
    """Well when something accepts connections there."""

    async def ask() -> bool:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                _, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    return ask


def blocking_probe(ask: Callable[[], bool]) -> Probe:
    """A probe from a function that blocks."""

    async def probe() -> bool:
        return await asyncio.to_thread(ask)

    return probe


#: Loopback needs no proxy, whatever the environment says.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
