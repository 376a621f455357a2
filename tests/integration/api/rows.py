"""Rows for the API to serve."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import based58

from api import keys

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def market_id(n: int) -> str:
    return hashlib.sha256(b"market %d" % n).hexdigest()


def address(name: object) -> str:
    """A base58 public key that stands for `name`."""
    return based58.b58encode(hashlib.sha256(f"address {name}".encode()).digest()).decode()


def signature(name: object) -> str:
    return based58.b58encode(hashlib.sha512(f"signature {name}".encode()).digest()).decode()


async def market(owner: asyncpg.Connection, n: int, **columns) -> str:
    """Insert market `n`; returns its id."""
    row = {
        "market_address": address(f"market {n}"),
        "market_id": market_id(n),
        "creator": address("creator"),
        "state": "ACTIVE",
        "b_parameter": 100_000_000_000,
        "initial_liquidity": 10**10,
        "price_yes": 500_000_000,
        "volume": n * 10**9,
        "volume_gross": n * 10**9,
        "created_at": START + timedelta(minutes=n),
        "last_slot": 1000 + n,
    } | columns
    await insert(owner, "marts.markets", row)
    return market_id(n)


async def trade(owner: asyncpg.Connection, n: int, k: int, **columns) -> str:
    """Insert trade `k` of market `n`; returns its id."""
    wallet = columns.get("wallet", address("trader"))
    row = {
        "trade_id": f"{signature((n, k))}:0.0.0",
        "market_id": market_id(n),
        "market_address": address(f"market {n}"),
        "wallet": wallet,
        "buyer": wallet,
        "seller": address(f"market {n}"),
        "signature": signature((n, k)),
        "side": "buy",
        "outcome": "YES",
        "shares": 2 * 10**9,
        "amount": 1_100_000_000,
        "gross": 10**9,
        "fee": 10**8,
        "price_yes": 510_000_000,
        "slot": 2000 + k,
        "tx_index": 3,
        "position": 0,
        "chain_order": (2000 + k) << 27,
        "traded_at": START + timedelta(seconds=k),
    } | columns
    await insert(owner, "marts.trades", row)
    return row["trade_id"]


async def position(owner: asyncpg.Connection, n: int, wallet: str, **columns) -> None:
    row = {
        "market_address": address(f"market {n}"),
        "wallet": wallet,
        "market_id": market_id(n),
        "shares_yes": 5,
        "invested": 2**64 - 1,
        "trade_count": 1,
        "first_trade_at": START,
        "last_trade_at": START,
    } | columns
    await insert(owner, "marts.positions", row)


async def insert(owner: asyncpg.Connection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join(f"${i}" for i in range(1, len(row) + 1))
    await owner.execute(f"insert into {table} ({names}) values ({places})", *row.values())


async def key(owner: asyncpg.Connection, *scopes: str, rate: int = 1000) -> str:
    """A new API key's text."""
    new = keys.mint()
    row = {
        "prefix": new.prefix,
        "secret_hash": new.secret_hash,
        "name": "test",
        "scopes": list(scopes) or ["read"],
        "rate_per_minute": rate,
    }
    await insert(owner, "ops.api_keys", row)
    return new.text


async def outbox(
    owner: asyncpg.Connection, pos: int, n: int, seq: int, kind: str, data: dict[str, Any]
) -> str:
    """A message as the fold writes it; returns its body."""
    epoch = await owner.fetchval("select epoch::text from live.epoch")
    told = {"type": kind, "market_id": market_id(n), "epoch": epoch, "seq": seq, "pos": pos}
    body = json.dumps(told | {"slot": 1000 + pos, "data": data})
    row = {
        "pos": pos,
        "market_address": address(f"market {n}"),
        "market_id": market_id(n),
        "market_seq": seq,
        "type": kind,
        "body": body,
    }
    await insert(owner, "live.outbox", row)
    return body
