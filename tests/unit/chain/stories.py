"""Transactions for tests, told instruction by instruction as a node would list and log them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import based58
from solders.pubkey import Pubkey
from solders.signature import Signature

from chain.calls import EVENT_TAG
from chain.program.addresses import SYSTEM_PROGRAM, market_address
from chain.program.interface import load_program
from chain.transactions import ReturnData, Transaction
from chain.wire import Instruction

PROGRAM_ID = "Markets111111111111111111111111111111111111"
OTHER_PROGRAM = "oddsMarket111111111111111111111111111111111"
ED25519 = "Ed25519SigVerify111111111111111111111111111"
BUDGET = "ComputeBudget111111111111111111111111111111"
program = load_program(PROGRAM_ID)
codec = program.codec


def key(name: str) -> str:
    """A key by name, always the same."""
    return str(Pubkey(name.encode().ljust(32, b"\0")[:32]))


MARKET_ID = "ab" * 32
MARKET = market_address(PROGRAM_ID, MARKET_ID)
ALICE, BOB, FEES = key("alice"), key("bob"), key("fees")
SIGNATURE = str(Signature(bytes(range(64))))
NOW = 1_790_000_000


def bought(cost: int = 110, **other: Any) -> bytes:
    """A SharesBought event's bytes."""
    fields = {
        "market_id": MARKET_ID,
        "user": ALICE,
        "outcome": True,
        "shares": 200,
        "cost": cost,
        "new_price_yes": 500_000_000,
        "timestamp": NOW,
    }
    return codec.encode_event("SharesBought", {**fields, **other})


def sold(proceeds: int = 90, **other: Any) -> bytes:
    """A SharesSold event's bytes."""
    fields = codec.decode_event(bought()).fields
    del fields["cost"]
    return codec.encode_event("SharesSold", {**fields, "proceeds": proceeds, **other})


def cancelled() -> bytes:
    """A MarketCancelled event's bytes."""
    fields = {"market_id": MARKET_ID, "cancelled_by": ALICE, "cancelled_at": NOW}
    return codec.encode_event("MarketCancelled", fields)


def data_line(event: bytes) -> str:
    return f"Program data: {base64.b64encode(event).decode()}"


@dataclass
class Ix:
    """An instruction; `says` are lines and inner instructions in the order they happen."""

    program: str = PROGRAM_ID
    data: bytes = b""
    accounts: Sequence[str] = ()
    says: Sequence[str | Ix] = ()
    silent: bool = False  # a precompile: no lines at all
    height: bool = True  # whether the node tells the stack height


def call(name: str, accounts: dict[str, str], says: Sequence[str | Ix] = (), **args: Any) -> Ix:
    """An instruction of the program by name; accounts not given get keys of their own."""
    metas = codec.instructions[name].accounts
    listed = [accounts.get(meta.name, key(meta.name)) for meta in metas]
    return Ix(PROGRAM_ID, codec.encode_instruction(name, args), listed, says)


def buy(*says: str | Ix, target_cost: int = 110) -> Ix:
    accounts = {"market": MARKET, "user": ALICE, "protocol_fee_wallet": FEES}
    return call("buy_shares", accounts, says, outcome=True, target_cost=target_cost)


def sell(*says: str | Ix) -> Ix:
    accounts = {"market": MARKET, "user": ALICE, "protocol_fee_wallet": FEES}
    return call("sell_shares", accounts, says, outcome=True, shares_to_sell=200, min_proceeds=0)


def self_cpi(event: bytes, authority: str | None = None, *, height: bool = True) -> Ix:
    """An event by `emit_cpi!`."""
    signer = program.event_authority if authority is None else authority
    return Ix(PROGRAM_ID, EVENT_TAG + event, [signer, PROGRAM_ID], height=height)


@dataclass
class _Told:
    keys: list[str] = field(default_factory=lambda: [ALICE])
    lines: list[str] = field(default_factory=list)
    inner: dict[int, list[Instruction]] = field(default_factory=dict)

    def index(self, address: str) -> int:
        if address not in self.keys:
            self.keys.append(address)
        return self.keys.index(address)

    def wire(self, ix: Ix, depth: int) -> Instruction:
        return Instruction(
            self.index(ix.program),
            [self.index(account) for account in ix.accounts],
            based58.b58encode(ix.data).decode(),
            depth if ix.height and depth > 1 else None,
        )

    def run(self, ix: Ix, outer: int, depth: int) -> None:
        if not ix.silent:
            self.lines.append(f"Program {ix.program} invoke [{depth}]")
        for said in ix.says:
            if isinstance(said, str):
                self.lines.append(said)
            else:
                self.inner.setdefault(outer, []).append(self.wire(said, depth + 1))
                self.run(said, outer, depth + 1)
        if not ix.silent:
            self.lines.append(f"Program {ix.program} consumed 1 of 2 compute units")
            self.lines.append(f"Program {ix.program} success")


def told(*instructions: Ix, **changes: Any) -> Transaction:
    """A successful transaction of these instructions; `changes` replace its fields.

    `cut=n` keeps the first n log lines and says that the rest was cut; `deltas` are lamports
    gained by key.
    """
    story = _Told()
    top = tuple([story.wire(ix, 1) for ix in instructions])
    for outer, ix in enumerate(instructions):
        story.run(ix, outer, 1)
    cut, deltas = changes.pop("cut", None), changes.pop("deltas", {})
    lines = story.lines if cut is None else [*story.lines[:cut], "Log truncated"]
    fields: dict[str, Any] = {
        "slot": 7,
        "signature": SIGNATURE,
        "tx_index": 3,
        "block_time": NOW,
        "err": None,
        "version": "0",
        "fee": 5000,
        "keys": tuple(story.keys),
        "signers": 1,
        "instructions": top,
        "inner": story.inner,
        "logs": tuple(lines),
        "pre_balances": tuple(10**9 for _ in story.keys),
        "post_balances": tuple(10**9 + deltas.get(k, 0) for k in story.keys),
        "return_data": None,
    }
    return Transaction(**{**fields, **changes})


def returned(gross: int) -> tuple[str, ReturnData]:
    """The program's return of a gross amount, as a log line and as meta.returnData."""
    text = base64.b64encode(gross.to_bytes(8, "little")).decode()
    return f"Program return: {PROGRAM_ID} {text}", ReturnData(PROGRAM_ID, text)


TRANSFER = Ix(SYSTEM_PROGRAM, b"\x02\0\0\0", [ALICE, MARKET])
