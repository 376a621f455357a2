"""WebSocket: from landing commit to 1,000 clients, and the ceiling beside `ws` and socket.io.

    .venv/bin/python -m benchmarks.ws [--seconds N] [--json]

20 markets, each followed by a twentieth of the connections, one market a connection; every client
shows a key (limits on, its limits raised). Clients are raw frames over uvloop, a process of its own.

Steady: trades land in PostgreSQL, are folded, published and sent, some 420 messages a second =
21,000 deliveries a second over 1,000 connections; timed from before the statement that lands them.
Ceilings: messages are written to the same Redis streams for each server in turn, ours first and
last with the lower of both counted, at rates that rise until deliveries are late (p99 100 ms) or
missing; see benchmarks/load/ramp.py. A phase that fails leaves its figures out.
"""

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from redis import Redis

from benchmarks._harness import Figures, percentile, run, server_version
from benchmarks.load import processes
from benchmarks.load.processes import Swarm
from benchmarks.load.ramp import Feed, climb
from oddsline.line import Line

MARKETS, CONNECTIONS, MANY = 20, 1_000, 5_000
#: 12 trades each 50 ms reach some 9 of the 20 markets: 21 messages, 21,000 deliveries a second.
TRADES, TICK_S = 12, 0.05
START, STEP_S = 40_000, 1.2
SQL = Path(__file__).parent / "sql"
IDS = [md5(str(n).encode(), usedforsecurity=False).hexdigest() * 2 for n in range(MARKETS)]
ADDRESSES = [f"M{n}" for n in range(MARKETS)]
ENV = {
    "ODDSLINE_SOCKET_CONNECTIONS_PER_KEY": "100000",
    "ODDSLINE_SOCKET_CONNECTIONS_PER_IP": "100000",
}
ABOUT = {
    "p99_ms_1000": "landing commit to client, 1,000 connections, 20,000 deliveries/s",
    "deliveries_per_s_1000": "most with p99 under 100 ms and none missing, lower of two ramps",
    "deliveries_per_s_5000": "the same, 5,000 connections",
    "ratio_to_socketio_1000": "of ceilings, same streams, same minute",
    "ratio_to_ws_1000": "of ceilings; ws sends each client one Buffer",
    "ratio_to_ws_preframed_1000": "of ceilings; ws's fastest way, frames written to its sockets",
    "kb_per_connection": "resident memory of the API over 5,000 subscribed connections",
    "lost": "deliveries missing in the steady phase",
}


def measure(seconds: float) -> tuple[Figures, str]:
    """All phases; the figures and PostgreSQL's version."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    figures: Figures = {}
    rooms = ("postgres", "valkey", "fold", "api")
    with _allowed_to_fail("steady"), Line.private(rooms, env=ENV) as line:
        figures |= asyncio.run(_steady(line, seconds))
    with Line.private(("postgres", "valkey", "api"), env=ENV) as line:
        asyncio.run(_seed(line.database_url))
        feed = Feed(Redis.from_url(line.redis_url), _epoch(line), IDS)
        figures |= _ceilings(line, feed)
        with _allowed_to_fail(f"{MANY:,} connections"):
            _anew(line, feed)
            _many(line, feed, figures)
        return figures, server_version(line.database_url)


@contextmanager
def _allowed_to_fail(phase: str) -> Iterator[None]:
    """What a phase did not measure is absent; the others go on."""
    try:
        yield
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
        print(f"{phase}: not measured, {error}", file=sys.stderr)


def _spec(line: Line, connections: int, mark: str, stamp: str, probes: int) -> dict[str, Any]:
    return {
        "port": line.config.ports["api"],
        "path": "/ws",
        "connections": connections,
        "markets": IDS,
        "mark": mark,
        "stamp": stamp,
        "probes": probes,
        "headers": {"X-API-Key": line.service_key},
    }


async def _seed(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("select raw.ensure_partitions(300000000)")
    await connection.execute((SQL / "seed_markets.sql").read_text(), MARKETS)
    await connection.close()


async def _steady(line: Line, seconds: float) -> Figures:
    await _seed(line.database_url)
    connection = await asyncpg.connect(line.database_url)
    processes.pin(_pid(line), processes.SERVER_CORE)
    spec = _spec(line, CONNECTIONS, '"prev_seq"', r'"pos" ?: ?\d+, ?"slot" ?: ?(\d+)', 50)
    with Swarm(spec) as swarm:
        await _land(connection, min(2.0, seconds))
        await asyncio.sleep(1)
        before, told = swarm.report()["delivered"], await _told(connection)
        landed = await _land(connection, seconds)
        await asyncio.sleep(2)
        report = swarm.report()
        messages = await _told(connection) - told
    await connection.close()
    took = [(read - landed[slot]) / 1e6 for slot, read in report["noted"] if slot in landed]
    expected = messages * CONNECTIONS // MARKETS
    missing = expected - (report["delivered"] - before)
    print(f"steady: {expected / seconds:,.0f} deliveries/s", file=sys.stderr)
    return {"p99_ms_1000": round(percentile(took, 99), 1), "lost": missing}


async def _told(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("select seq from live.cursors where name = 'outbox'"))


async def _land(connection: asyncpg.Connection, seconds: float) -> dict[int, int]:
    """Land trades at an even pace; the slot of each batch and when its landing began (ns).

    A batch is told as its trades and one price for each market that traded.
    """
    statement = (SQL / "land_trades.sql").read_text()
    landed: dict[int, int] = {}
    started = time.monotonic()
    for n in range(int(seconds / TICK_S)):
        await asyncio.sleep(max(0.0, started + n * TICK_S - time.monotonic()))
        began = time.monotonic_ns()
        await connection.fetchval(statement, TRADES, MARKETS, 2_000)
        batch = await connection.fetchval("select last_value from raw.vote_seq")
        landed[300_000_000 + batch] = began
    return landed


def _ceilings(line: Line, feed: Feed) -> Figures:
    """Ours, the peers', and ours again by a new process, one at a time."""
    held: dict[str, list[float]] = {}
    processes.pin(_pid(line), processes.SERVER_CORE)
    with _allowed_to_fail("oddsline"):
        held["oddsline"] = [_climb(feed, "oddsline", _ceiling_spec(line, CONNECTIONS))]
    line.stop("api")  # whoever is measured has its core to itself
    if processes.has_node():
        held |= _peers(line, feed)
    with _allowed_to_fail("oddsline again"):
        _anew(line, feed)
        held["oddsline"].append(_climb(feed, "oddsline", _ceiling_spec(line, CONNECTIONS)))
    if "oddsline" not in held:
        return {}
    own = min(held.pop("oddsline"))
    ratios = {f"ratio_to_{name}_1000": round(own / its[0], 2) for name, its in held.items()}
    return {"deliveries_per_s_1000": round(own), **ratios}


def _peers(line: Line, feed: Feed) -> dict[str, list[float]]:
    held: dict[str, list[float]] = {}
    for name, script, env in (
        ("socketio", "socketio.js", {}),
        ("ws", "ws.js", {}),
        ("ws_preframed", "ws.js", {"PREFRAMED": "1"}),
    ):
        env_of_line = {"REDIS_URL": line.redis_url, **env}
        with _allowed_to_fail(name), processes.peer(script, env_of_line) as (port, _):
            spec = _ceiling_spec(line, CONNECTIONS) | {"port": port, "headers": {}}
            if name == "socketio":
                path = "/socket.io/?EIO=4&transport=websocket"
                spec |= {"socketio": True, "path": path}
            held[name] = [_climb(feed, name, spec)]
    return held


def _many(line: Line, feed: Feed, figures: Figures) -> None:
    api = psutil.Process(_pid(line))
    before, began = api.memory_info().rss, time.monotonic()
    with Swarm(_ceiling_spec(line, MANY)) as swarm:
        print(f"{MANY:,} opened in {time.monotonic() - began:.1f} s", file=sys.stderr)
        figures["kb_per_connection"] = round((api.memory_info().rss - before) / MANY / 1024, 1)
        many = climb(feed, swarm, MANY, start=START, seconds=STEP_S)
        figures["deliveries_per_s_5000"] = round(many.deliveries_per_s)


def _anew(line: Line, feed: Feed) -> None:
    """A new process of the API, whose snapshots hold what the feed has told."""
    if line.pid("api") is not None:
        line.stop("api")
    asyncio.run(_keep(line.database_url, feed))
    line.start("api")
    processes.pin(_pid(line), processes.SERVER_CORE)


async def _keep(url: str, feed: Feed) -> None:
    connection = await asyncpg.connect(url)
    statement = (SQL / "told_so_far.sql").read_text()
    await connection.execute(statement, ADDRESSES, feed.seqs)
    await connection.close()


def _pid(line: Line) -> int:
    pid = line.pid("api")
    assert pid is not None
    return pid


def _ceiling_spec(line: Line, connections: int) -> dict[str, Any]:
    return _spec(line, connections, "sent=", r"sent=(\d+);", 20)


def _climb(feed: Feed, name: str, spec: dict[str, Any]) -> float:
    with Swarm(spec) as swarm:
        held = climb(feed, swarm, spec["connections"], start=START, seconds=STEP_S)
    print(f"{name}: {held.deliveries_per_s:,.0f} deliveries/s", file=sys.stderr)
    return held.deliveries_per_s


def _epoch(line: Line) -> str:
    async def ask() -> str:
        connection = await asyncpg.connect(line.database_url)
        epoch = await connection.fetchval("select epoch::text from live.epoch")
        await connection.close()
        return str(epoch)

    return asyncio.run(ask())


if __name__ == "__main__":
    run("ws", measure, seconds=8, about=ABOUT)
