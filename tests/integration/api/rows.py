"""Rows for the API to serve."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import based58

from api import keys

_POSITION = (
    *("bought_yes", "bought_no", "sold_yes", "sold_no", "shares_yes", "shares_no", "claimed"),
    *("invested_yes", "invested_no", "invested", "proceeds_yes", "proceeds_no", "proceeds"),
)
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
    # The defaults of real tables are none: what a market has not done yet is nought.
    row = (
        dict.fromkeys(("shares_yes", "shares_no", "trade_count"), 0) | {"was_disputed": False} | row
    )
    await insert(owner, "marts.markets", row)
    if row["market_id"] and row["state"]:
        columns_ = ("market_id", "market_address", "state", "creator", "volume", "created_at")
        ranked = {name: row[name] for name in columns_}
        await insert(
            owner, "marts.market_rank", ranked | {"last_trade_at": row.get("last_trade_at")}
        )
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
        **dict.fromkeys(_POSITION, 0),
        "shares_yes": 5,
        "invested": 2**64 - 1,
        "trade_count": 1,
        "first_trade_at": START,
        "last_trade_at": START,
    } | columns
    await insert(owner, "marts.positions", row)


async def transition(owner: asyncpg.Connection, n: int, k: int, to_state: str, **columns) -> str:
    """Insert step `k` of market `n`'s life; returns its signature."""
    told = columns.pop("signature", signature(f"transition {k}"))
    row = {
        "event_id": f"{told}:0.0.0",
        "market_id": market_id(n),
        "market_address": address(f"market {n}"),
        "event": "ProposalApproved",
        "to_state": to_state,
        "actor": address("actor"),
        "signature": told,
        "slot": k,
        "position": 0,
        "chain_order": k << 27,
        "occurred_at": START + timedelta(minutes=k),
    } | columns
    await insert(owner, "marts.lifecycle_events", row)
    return str(told)


async def ballot(
    owner: asyncpg.Connection, n: int, wallet: str, choice: str, kind: str, round_: str
) -> None:
    """A ballot as the marts keep it."""
    row = {**_vote(n, wallet, choice, kind), "round": round_, "nonce": 1}
    await insert(owner, "marts.ballots", row)


async def chain_vote(
    owner: asyncpg.Connection, n: int, wallet: str, choice: str, kind: str, slot: int
) -> None:
    """A vote cast on chain, in whatever round was open at `slot`."""
    place = {"signature": signature(wallet), "slot": slot, "chain_order": slot << 27}
    await insert(owner, "marts.onchain_votes", {**_vote(n, wallet, choice, kind), **place})


def _vote(n: int, wallet: str, choice: str, kind: str) -> dict[str, Any]:
    return {
        "market_id": market_id(n),
        "market_address": address(f"market {n}"),
        "kind": kind,
        "wallet": address(wallet),
        "choice": choice,
        "cast_at": START,
    }


async def candle(owner: asyncpg.Connection, n: int, minute: int, close: int) -> None:
    """A candle of one trade."""
    row = {
        "market_id": market_id(n),
        "market_address": address(f"market {n}"),
        "interval": "1m",
        "bucket": START + timedelta(minutes=minute),
        **dict.fromkeys(("open", "high", "low", "close"), close),
        "volume": 1,
        "trade_count": 1,
        "first_place": minute,
        "last_place": minute,
    }
    await insert(owner, "marts.candles", row)


async def traded_day(
    owner: asyncpg.Connection, wallet: str, days_ago: int, invested: int, proceeds: int = 0
) -> None:
    """A wallet's day in market 1: one trade."""
    fees = ("fees", "protocol_fees", "resolver_fees")
    sums = ("claimed", "volume_gross", *fees, "claim_count")
    changes = ("shares_yes_change", "shares_no_change")
    row = {
        **dict.fromkeys((*sums, *changes), 0),
        "market_address": address("market 1"),
        "market_id": market_id(1),
        "wallet": address(wallet),
        "day": START.date() - timedelta(days=days_ago),
        "invested": invested,
        "proceeds": proceeds,
        "trade_count": 1,
    }
    await insert(owner, "marts.wallet_daily", row)
    await owner.execute("select live.refresh_wallet_rank(everything => true)")


async def configuration(
    owner: asyncpg.Connection, k: int, proposal_bps: int, dispute_bps: int
) -> None:
    """The k-th change of GlobalConfig."""
    row = {
        "event_id": f"config {k}",
        "signature": signature(f"config {k}"),
        "event": "ConfigUpdated",
        "protocol_fee_bps": 300,
        "proposal_approval_threshold": proposal_bps,
        "dispute_success_threshold": dispute_bps,
        "slot": k,
        "chain_order": k << 27,
        "changed_at": START,
    }
    await insert(owner, "marts.config_events", row)


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
    body = json.dumps(message(pos, n, seq, kind, epoch) | {"data": told(n, kind) | data})
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


def message(pos: int, n: int, seq: int, kind: str, epoch: str) -> dict[str, Any]:
    """What messages of any kind have."""
    return {
        "type": kind,
        "market_id": market_id(n),
        "epoch": epoch,
        "seq": seq,
        "pos": pos,
        "slot": 1000 + pos,
        "commitment": "confirmed",
        "at": "2026-11-01T12:00:00Z",
    }


def told(n: int, kind: str) -> dict[str, Any]:
    """The `data` of a message of market `n`; tests tell messages apart by `slot` or `volume`."""
    amounts = ("shares_yes", "shares_no", "volume")
    known: dict[str, dict[str, Any]] = {
        "price:update": dict.fromkeys(("price_yes", "price_no"), "500000000")
        | dict.fromkeys(amounts, "0"),
        "state:change": {"from": None, "to": "PROPOSED"},
        "trade:executed": {
            **dict.fromkeys(("wallet", "buyer"), address("trader")),
            **dict.fromkeys(("seller", "market_address"), address(f"market {n}")),
            **dict.fromkeys(("shares", "amount", "gross", "fee", "price_yes"), "1"),
            "trade_id": f"{signature(n)}:0.0.0",
            "market_id": market_id(n),
            "side": "buy",
            "outcome": "YES",
            "traded_at": "2026-11-01T12:00:00Z",
            "slot": 0,
            "tx_index": 0,
            "signature": signature(n),
        },
    }
    return known[kind]
