"""REST: p95 at a fixed arrival rate, and saturation beside fastify + pg and a constant body.

    .venv/bin/python -m benchmarks.rest [--seconds N] [--json]

2,000 markets, 300,000 trades, 100,000 positions, 168 hourly candles of 200 markets; ids are asked
for by popularity (Zipf, s = 1.1). Meanwhile 20 trades a second land in the 50 most popular markets
and are folded, so answers grow old as they do in life. Every request shows a key (limits on, its
limit raised); positions show a wallet's token and are read under row-level security. The generator
is our own (raw HTTP/1.1 over uvloop, a process of its own). Each route is measured on the API,
on fastify and on the floor in turn, within the same minute.
"""

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from api import keys
from api.settings import ApiSettings
from api.tokens import Tokens
from benchmarks._harness import Figures, run, server_version
from benchmarks.load import processes
from oddsline.line import Line

MARKETS, TRADES, POSITIONS, WALLETS, CHARTED = 2_000, 300_000, 100_000, 10_000, 200
TRICKLE, HOT = 20, 50  # trades a second, over so many markets
CONNECTIONS, RATE = 32, 500
ASKED = 5_000
PUBLIC = ("markets", "market", "trades")
SQL = Path(__file__).parent / "sql"
ABOUT = {
    "p95_ms_at_500": "mixed routes, 500 requests/s at fixed moments, from when each was due",
    "ratio_to_fastify_public_min": "requests/s at saturation, least of /markets, market, trades",
    "ratio_to_fastify_positions": "with token and row-level security, fastify with neither",
    "ratio_to_floor_public_min": "against a constant body of the same size on the same uvicorn",
    "errors": "answers other than 200, or none, over all phases of the API",
}
Requests = list[tuple[str, dict[str, str]]]


def measure(seconds: float) -> tuple[Figures, str]:
    """All phases; the figures and PostgreSQL's version."""
    with Line.private(("postgres", "valkey", "fold", "api")) as line:
        return asyncio.run(_measure(line, seconds)), server_version(line.database_url)


async def _measure(line: Line, seconds: float) -> Figures:
    connection = await asyncpg.connect(line.database_url)
    await _seed(connection)
    requests = _requests(line, await _key(connection))
    await connection.close()
    pid = line.pid("api")
    assert pid is not None
    processes.pin(pid, processes.SERVER_CORE)
    port = line.config.ports["api"]
    async with _trickle(line.database_url):
        await _load(port, _mixed(requests), seconds=2, rate=100)  # warm
        steady = await _load(port, _mixed(requests), seconds=seconds, rate=RATE)
        errors = steady["errors"]
        rates: dict[str, dict[str, float]] = {}
        for route in (*PUBLIC, "positions"):
            await _load(port, requests[route], seconds=min(2.0, seconds))
            ours = await _load(port, requests[route], seconds=seconds)
            errors += ours["errors"]
            rates[route] = {"oddsline": ours["per_s"], "floor": await _floor(ours, seconds)}
            if processes.has_node():
                rates[route]["fastify"] = await _fastify(line, requests[route], seconds)
    _tell(rates)
    return {"p95_ms_at_500": round(steady["p95_ms"], 2), **_ratios(rates), "errors": errors}


def _ratios(rates: dict[str, dict[str, float]]) -> Figures:
    def least(of: str) -> float:
        return round(min(rates[route]["oddsline"] / rates[route][of] for route in PUBLIC), 2)

    figures: Figures = {}
    if "fastify" in rates["positions"]:
        figures["ratio_to_fastify_public_min"] = least("fastify")
        of = rates["positions"]
        figures["ratio_to_fastify_positions"] = round(of["oddsline"] / of["fastify"], 2)
    return figures | {"ratio_to_floor_public_min": least("floor")}


def _tell(rates: dict[str, dict[str, float]]) -> None:
    for route, by in rates.items():
        told = "  ".join(f"{who} {rate:>9,.0f}/s" for who, rate in by.items())
        print(f"{route:10} {told}", file=sys.stderr)


async def _seed(connection: asyncpg.Connection) -> None:
    await connection.execute("select raw.ensure_partitions(300000000)")
    sizes = {
        "markets": (MARKETS,),
        "trades": (TRADES, MARKETS, WALLETS),
        "positions": (POSITIONS, WALLETS),
        "candles": (CHARTED,),
    }
    for name, arguments in sizes.items():
        await connection.execute((SQL / f"seed_{name}.sql").read_text(), *arguments)
    await connection.execute("vacuum analyze")


async def _key(connection: asyncpg.Connection) -> str:
    """A key with a limit that is not met; it may only read."""
    new = keys.mint()
    await connection.execute(
        "insert into ops.api_keys (prefix, secret_hash, name, scopes, rate_per_minute) "
        "values ($1, $2, 'benchmark', '{read}', 100000000)",
        new.prefix,
        new.secret_hash,
    )
    return new.text


def _requests(line: Line, key: str) -> dict[str, Requests]:
    """What is asked for on each route, popular ids more often."""
    chance = Random(7)
    settings = line.settings(ApiSettings)
    tokens = Tokens(settings.token_keys, settings.domain, ttl_s=3600)
    shown = {"x-api-key": key}
    popular = _popular(chance, MARKETS)
    wallets = [_name("wallet", n) for n in _popular(chance, WALLETS)]
    signed = {w: shown | {"authorization": f"Bearer {tokens.mint(w)}"} for w in set(wallets)}
    charts = [n for n in popular if n < CHARTED]
    return {
        "markets": [("/markets?limit=20", shown)],
        "market": [(f"/markets/{_market(n)}", shown) for n in popular],
        "trades": [(f"/trades/{_market(n)}?limit=50", shown) for n in popular],
        "candles": [(f"/markets/{_market(n)}/candles?interval=1h", shown) for n in charts],
        "positions": [(f"/positions/{wallet}", signed[wallet]) for wallet in wallets],
    }


def _mixed(requests: dict[str, Requests]) -> Requests:
    chance = Random(8)
    routes = chance.choices(list(requests), weights=(15, 30, 30, 10, 15), k=ASKED)
    return [chance.choice(requests[route]) for route in routes]


def _popular(chance: Random, count: int) -> list[int]:
    weights = [1 / (rank + 1) ** 1.1 for rank in range(count)]
    return chance.choices(range(count), weights=weights, k=ASKED)


def _market(n: int) -> str:
    return _md5(str(n)) * 2


def _name(what: str, n: int) -> str:
    return _md5(f"{what} {n}").replace("0", "z")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def _load(
    port: int, requests: Requests, *, seconds: float, rate: float | None = None
) -> dict[str, Any]:
    connections = CONNECTIONS if rate is None else 64
    spec = {"port": port, "requests": requests, "connections": connections}
    spec |= {"seconds": seconds, "rate": rate}
    return await asyncio.to_thread(processes.generate, "benchmarks.load.http", spec)


async def _floor(ours: dict[str, Any], seconds: float) -> float:
    env = {"SIZES": json.dumps({"same": round(ours["bytes_mean"])})}
    command = [sys.executable, "-m", "benchmarks.load.floor"]
    with processes.serving(command, env) as (port, _):
        return float((await _load(port, [("/floor/same", {})], seconds=seconds))["per_s"])


async def _fastify(line: Line, requests: Requests, seconds: float) -> float:
    bare: Requests = [(path, {}) for path, _ in requests]
    with processes.peer("rest.js", {"DATABASE_URL": line.database_url}) as (port, _):
        await _load(port, bare, seconds=min(2.0, seconds))
        answered = await _load(port, bare, seconds=seconds)
    if answered["errors"]:
        raise RuntimeError(f"fastify: {answered['errors']} errors")
    return float(answered["per_s"])


@asynccontextmanager
async def _trickle(url: str) -> AsyncIterator[None]:
    """Land trades in the popular markets while the block runs."""
    land = (SQL / "land_trades.sql").read_text()
    connection = await asyncpg.connect(url)

    async def flow() -> None:
        while True:
            await connection.fetchval(land, TRICKLE // 10, HOT, WALLETS)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(flow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        connection.terminate()


if __name__ == "__main__":
    run("rest", measure, seconds=6, about=ABOUT)
