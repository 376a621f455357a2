"""Raw webhook items as Helius sends them: trades of the market program, 3 to 6 kB each.

Deterministic: the n-th trade is the same transaction in every run, so that duplicates, shuffles
and comparisons need no state.
"""

import base64
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import based58
import orjson

from chain.program.addresses import market_address
from chain.program.interface import load_program

PROGRAM = "9vrTC4bbq8gP6oc8FJdVmYEzqYJuqPU8Pz9KNLN1xGg9"
SYSTEM = "11111111111111111111111111111111"
BUDGET = "ComputeBudget111111111111111111111111111111"
PER_SLOT = 40


@dataclass(frozen=True, slots=True)
class Shape:
    """What the generated trades have in common."""

    program_id: str = PROGRAM
    markets: int = 40
    wallets: int = 2_000
    first_slot: int = 435_888_000
    first_time: int = 1_790_000_000  # Unix seconds
    fillers: int = 14  # accounts beside those that a trade needs: what makes a payload 3 to 6 kB


@lru_cache(maxsize=50_000)
def key(name: str) -> str:
    """A public key that nobody has the secret of."""
    return based58.b58encode(hashlib.sha256(name.encode()).digest()).decode()


def signature(name: str) -> str:
    """A signature that signs nothing."""
    return based58.b58encode(hashlib.sha512(name.encode()).digest()).decode()


@lru_cache(maxsize=10_000)
def _market(program_id: str, number: int) -> tuple[str, str]:
    market_id = hashlib.sha256(b"market %d" % number).hexdigest()
    return market_id, market_address(program_id, market_id)


def trade(n: int, shape: Shape = Shape()) -> dict[str, Any]:
    """The n-th transaction: one buy_shares with its event and return data."""
    market_id, market = _market(shape.program_id, n % shape.markets)
    user = key(f"wallet {n * 7919 % shape.wallets}")
    slot = shape.first_slot + n // PER_SLOT
    gross = 1_000_000_000 + n % 977 * 10_007
    event = {
        "market_id": market_id,
        "user": user,
        "outcome": n % 3 != 0,
        "shares": 1_500_000_000 + n % 613,
        "cost": gross + gross * 1000 // 10_000,
        "new_price_yes": 400_000_000 + n % 200_000_000,
        "timestamp": shape.first_time + n // PER_SLOT,
    }
    keys = _keys(shape, user, market)
    return {
        "blockTime": event["timestamp"],
        "indexWithinBlock": n % PER_SLOT,
        "slot": slot,
        "version": 0,
        "meta": _meta(shape, keys, event, gross),
        "transaction": {
            "signatures": [signature(f"trade {n}")],
            "message": _message(shape, keys, event, n),
        },
    }


def body(first: int, count: int, shape: Shape = Shape()) -> bytes:
    """A delivery of `count` trades."""
    return orjson.dumps([trade(n, shape) for n in range(first, first + count)])


def mixed_body(first: int, count: int, shapes: Sequence[Shape]) -> bytes:
    """A delivery of `count` trades that take turns with the shapes, and so with their sizes."""
    numbers = range(first, first + count)
    return orjson.dumps([trade(n, shapes[n * 7 % len(shapes)]) for n in numbers])


def _keys(shape: Shape, user: str, market: str) -> list[str]:
    own = [user, market, key(f"position {market} {user}"), key("fee wallet")]
    return [*own, key("global config"), shape.program_id, SYSTEM, BUDGET, *_fillers(shape.fillers)]


@lru_cache(maxsize=64)
def _fillers(count: int) -> tuple[str, ...]:
    return tuple(key(f"account {i}") for i in range(count))


def _message(shape: Shape, keys: list[str], event: dict[str, Any], n: int) -> dict[str, Any]:
    args = {"outcome": event["outcome"], "target_cost": event["cost"] + 5_000}
    data = load_program(shape.program_id).codec.encode_instruction("buy_shares", args)
    return {
        "accountKeys": keys,
        "addressTableLookups": [],
        "header": {
            "numReadonlySignedAccounts": 0,
            "numReadonlyUnsignedAccounts": 4,
            "numRequiredSignatures": 1,
        },
        "instructions": [
            {"accounts": [], "data": "K1FDJ7", "programIdIndex": 7, "stackHeight": None},
            {
                "accounts": [4, 1, 2, 0, 3, 6],
                "data": based58.b58encode(data).decode(),
                "programIdIndex": 5,
                "stackHeight": None,
            },
        ],
        "recentBlockhash": key(f"blockhash {n // 100}"),
    }


def _meta(shape: Shape, keys: list[str], event: dict[str, Any], gross: int) -> dict[str, Any]:
    balances = [10_000_000_000 + i * 1_461_600 for i in range(len(keys))]
    after = [balances[0] - event["cost"] - 5000, balances[1] + gross, *balances[2:]]
    transfer = {"accounts": [0, 1], "data": "3Bxs4h24hBtQy9rw", "programIdIndex": 6}
    returned = base64.b64encode(struct.pack("<Q", gross)).decode()
    return {
        "computeUnitsConsumed": 41_234,
        "err": None,
        "fee": 5000,
        "innerInstructions": [{"index": 1, "instructions": [transfer, transfer]}],
        "loadedAddresses": {"readonly": [], "writable": []},
        "logMessages": log_lines(shape.program_id, event, returned),
        "postBalances": after,
        "postTokenBalances": [],
        "preBalances": balances,
        "preTokenBalances": [],
        "returnData": {"data": [returned, "base64"], "programId": shape.program_id},
        "rewards": [],
        "status": {"Ok": None},
    }


def log_lines(program_id: str, event: dict[str, Any], returned: str) -> list[str]:
    """What the runtime logs for one trade."""
    data = load_program(program_id).codec.encode_event("SharesBought", event)
    return [
        f"Program {BUDGET} invoke [1]",
        f"Program {BUDGET} success",
        f"Program {program_id} invoke [1]",
        "Program log: Instruction: BuyShares",
        f"Program {SYSTEM} invoke [2]",
        f"Program {SYSTEM} success",
        f"Program {SYSTEM} invoke [2]",
        f"Program {SYSTEM} success",
        f"Program data: {base64.b64encode(data).decode()}",
        f"Program {program_id} consumed 41084 of 199850 compute units",
        f"Program return: {program_id} {returned}",
        f"Program {program_id} success",
    ]
