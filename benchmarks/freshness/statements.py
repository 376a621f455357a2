"""The API's own statements, under the API's own roles, on marts of a given size."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from api.database import Claims, in_role
from api.ordering import CANDLES, MARKET_SORTS, Order, place
from api.queries import load
from benchmarks._harness import percentile
from oddsline.line import Line
from oddsline.settings import PREFIX

SQL = Path(__file__).parents[1] / "sql"
#: Wallets that trade, of any size: 10,000 of them hold 30 positions each at 300,000.
WALLETS = 10_000
RUNS = 60  # of each statement, other rows each time
#: What no statement may read from end to end.
BIG = {"trades", "positions", "candles"}


@dataclass(frozen=True)
class Size:
    """How many rows the marts hold."""

    trades: int
    positions: int
    markets: int


@dataclass(frozen=True)
class Statement:
    """One statement of the API and how its arguments are chosen."""

    name: str
    sql: str
    arguments: Any  # of (chance, size) -> the arguments


def statements() -> Iterator[Statement]:
    """Every list and object that is read at a request."""
    newest = place(Order.desc)
    for sort, parts in MARKET_SORTS.items():
        yield Statement(
            f"markets by {sort}", load("markets", **parts, **newest), lambda *_: [None] * 4 + [51]
        )
    state = load("markets", **MARKET_SORTS["volume"], **newest)
    yield Statement("markets of a state", state, lambda *_: ["ACTIVE", None, None, None, 51])
    yield Statement("market", load("market"), lambda c, s: [_market(c, s)])
    trades = load("trades", **newest)
    yield Statement("trades", trades, lambda c, s: [_market(c, s), *[None] * 7, 51])
    yield Statement(
        "trades of a wallet", trades, lambda c, s: [_market(c, s), _wallet(c), *[None] * 6, 51]
    )
    for fill, parts in CANDLES.items():
        yield Statement(
            "candles filled" if fill else "candles",
            load("candles", **parts),
            lambda c, s: [_market(c, s), "1h", *[None] * 3, 501],
        )
    yield Statement("transitions", load("transitions"), lambda c, s: [_market(c, s)])
    for window in ("day", "all"):
        yield Statement(
            f"leaderboard {window}", load("leaderboard"), lambda *_, w=window: [w, "volume", 50]
        )


async def seed(url: str, size: Size) -> None:
    """Rows made by SQL in the marts' own tables, with every index and policy in place."""
    connection = await asyncpg.connect(url)
    for name, arguments in (
        ("markets", (size.markets,)),
        ("trades", (size.trades, size.markets, WALLETS)),
        ("positions", (size.positions, WALLETS)),
        ("candles", (min(size.markets, 500),)),
        ("wallet_daily", (40,)),
        ("market_rank", ()),
    ):
        await connection.execute((SQL / f"seed_{name}.sql").read_text(), *arguments)
    await connection.execute("select live.refresh_wallet_rank(everything => true)")
    await connection.execute("vacuum analyze")
    await connection.close()


async def timed(line: Line, size: Size) -> dict[str, float]:
    """p95 in milliseconds of each statement.

    Raises:
        AssertionError: a plan reads all trades or all positions.
    """
    authenticator = line.plan.environment[f"{PREFIX}AUTHENTICATOR_URL"]
    connection = await asyncpg.connect(in_role(authenticator, "anon"))
    found = {s.name: await _p95(connection, s, size) for s in statements()}
    await connection.close()
    connection = await asyncpg.connect(in_role(authenticator, "authenticated"))
    found["positions"] = await _positions(connection)
    await connection.close()
    return found


def scans(plan: Any) -> set[str]:
    """Relations that a plan (EXPLAIN's JSON) reads from end to end."""
    if isinstance(plan, list):
        return set().union(*map(scans, plan)) if plan else set()
    if not isinstance(plan, dict):
        return set()
    own = {str(plan["Relation Name"])} if plan.get("Node Type") == "Seq Scan" else set()
    return own.union(*map(scans, plan.values()))


async def _p95(connection: asyncpg.Connection, statement: Statement, size: Size) -> float:
    chance = Random(11)
    prepared = await connection.prepare(statement.sql)
    plan = await prepared.explain(*statement.arguments(chance, size))
    assert not scans(plan) & BIG, f"{statement.name} reads {scans(plan)} whole"
    took = []
    for _ in range(RUNS):
        started = time.perf_counter()
        await prepared.fetch(*statement.arguments(chance, size))
        took.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0)
    return round(percentile(took, 95), 2)


async def _positions(connection: asyncpg.Connection) -> float:
    """As the API reads them: under the wallet's role and claims, in one statement."""
    chance = Random(11)
    asked = load("as_wallet", query=load("positions"), claims="$4::text")
    took = []
    for _ in range(RUNS):
        wallet = _wallet(chance)
        claims = Claims("sub", wallet).encode()
        started = time.perf_counter()
        rows = await connection.fetch(asked, wallet, None, "101", claims)
        took.append((time.perf_counter() - started) * 1000)
        assert rows, "the wallet holds positions"
    return round(percentile(took, 95), 2)


def _market(chance: Random, size: Size) -> str:
    return f"M{chance.randrange(size.markets)}"


def _wallet(chance: Random) -> str:
    name = f"wallet {chance.randrange(WALLETS)}"
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest().replace("0", "z")
