"""What the recount reads from the chain: by plain JSON-RPC, from any node."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import based58
import httpx2
from solders.pubkey import Pubkey

from votes.memo import MEMO_PROGRAM, TallyMemo
from votes.recount.count import Recorded

STATES = ("PROPOSED", "APPROVED", "ACTIVE", "RESOLVING", "DISPUTED", "FINALIZED", "CANCELLED")
VOTE_RECORD = bytes.fromhex("70097ba5ea099da7")
USER_POSITION = bytes.fromhex("fbf8d1f553ea111b")
MARKET = bytes.fromhex("c94ebbe1f0c6c9fb")
#: VoteRecord's layout: market @8, user @40, vote_type @72, vote @73, voted_at i64 @74.
VOTE_TYPE = {"proposal": 0, "dispute": 1}


class RpcError(Exception):
    """The node refused, or has not what was asked for."""


@dataclass(frozen=True, slots=True)
class MarketOnChain:
    """The numbers of the market account that a tally must equal."""

    address: str
    program: str
    state: str
    counts: dict[str, tuple[int, int]]  # kind -> in favour, against


class Chain:
    """A node, asked by JSON-RPC at one commitment."""

    def __init__(self, url: str, *, commitment: str = "confirmed") -> None:
        self._http = httpx2.Client(timeout=30)
        self._url = url
        self._commitment = commitment
        self._ids = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, *params: Any) -> Any:
        """Return a call's result.

        Raises:
            RpcError: the node answered with an error.
            httpx2.HTTPError: it did not answer.
        """
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        answer = self._http.post(self._url, json=body).raise_for_status().json()
        if "error" in answer:
            raise RpcError(f"{method}: {answer['error']}")
        return answer["result"]

    def genesis(self) -> str:
        """The genesis hash, which names the chain."""
        return str(self.call("getGenesisHash"))

    def market(self, program: str, market_id: str) -> MarketOnChain:
        """Read a market account by the market's id (64 hex digits)."""
        address, _ = Pubkey.find_program_address(
            [b"market", bytes.fromhex(market_id)], Pubkey.from_string(program)
        )
        options = {"encoding": "base64", "commitment": self._commitment}
        value = self.call("getAccountInfo", str(address), options)["value"]
        if value is None:
            raise RpcError(f"no market account at {address}: is {program} the right program?")
        return _market(str(address), value)

    def memos(self, address: str) -> Iterator[tuple[str, TallyMemo]]:
        """Yield `(signature, memo)` of the tally memos in a market's transactions, newest first."""
        before: str | None = None
        while True:
            page = self.call(
                "getSignaturesForAddress",
                address,
                {"limit": 1000, "commitment": self._commitment, "before": before},
            )
            for entry in page:
                # Not every node lists memos beside signatures: each transaction is asked.
                if entry["err"] is None:
                    yield from ((entry["signature"], memo) for memo in self._memos_of(entry))
            if not page:
                return
            before = page[-1]["signature"]

    def _memos_of(self, entry: dict[str, Any]) -> Iterator[TallyMemo]:
        options = {
            "encoding": "json",
            "commitment": self._commitment,
            "maxSupportedTransactionVersion": 1,
        }
        transaction = self.call("getTransaction", entry["signature"], options)
        message = transaction["transaction"]["message"]
        keys = message["accountKeys"]
        for instruction in message["instructions"]:
            if keys[instruction["programIdIndex"]] != MEMO_PROGRAM:
                continue
            text = based58.b58decode(instruction["data"].encode()).decode(errors="replace")
            try:
                yield TallyMemo.parse(text)
            except ValueError:
                continue

    def votes(self, program: str, market: str, kind: str) -> list[Recorded]:
        """Read the VoteRecord accounts of a market."""
        filters = [
            _memcmp(0, VOTE_RECORD),
            _memcmp(8, bytes(Pubkey.from_string(market))),
            _memcmp(72, bytes([VOTE_TYPE[kind]])),
        ]
        return [_recorded(data) for data in self._accounts(program, filters)]

    def traders(self, program: str) -> set[str]:
        """Every wallet with a position account: those that ever traded."""
        found = self._accounts(program, [_memcmp(0, USER_POSITION)])
        return {str(Pubkey(data[40:72])) for data in found}

    def balances(self, wallets: list[str]) -> dict[str, int]:
        """Lamports of each wallet, now."""
        found: dict[str, int] = {}
        for start in range(0, len(wallets), 100):
            chunk = wallets[start : start + 100]
            options = {"encoding": "base64", "commitment": self._commitment}
            values = self.call("getMultipleAccounts", chunk, options)["value"]
            for wallet, value in zip(chunk, values, strict=True):
                found[wallet] = value["lamports"] if value else 0
        return found

    def time_of(self, signature: str) -> int:
        """Chain time (unix seconds) of a transaction."""
        options = {
            "encoding": "json",
            "commitment": self._commitment,
            "maxSupportedTransactionVersion": 1,
        }
        transaction = self.call("getTransaction", signature, options)
        if transaction is None or transaction["blockTime"] is None:
            raise RpcError(f"the node does not know the time of {signature}")
        return int(transaction["blockTime"])

    def _accounts(self, program: str, filters: list[dict[str, Any]]) -> list[bytes]:
        options = {"encoding": "base64", "filters": filters, "commitment": self._commitment}
        found = self.call("getProgramAccounts", program, options)
        return [base64.b64decode(one["account"]["data"][0]) for one in found]


def _memcmp(offset: int, data: bytes) -> dict[str, Any]:
    bytes_ = base64.b64encode(data).decode()
    return {"memcmp": {"offset": offset, "bytes": bytes_, "encoding": "base64"}}


def _recorded(data: bytes) -> Recorded:
    return Recorded(
        wallet=str(Pubkey(data[40:72])),
        in_favour=bool(data[73]),
        voted_at=int.from_bytes(data[74:82], "little", signed=True),
    )


def _market(address: str, value: dict[str, Any]) -> MarketOnChain:
    data = base64.b64decode(value["data"][0])
    if data[:8] != MARKET:
        raise RpcError(f"{address} is no market account")
    at = 201  # two Option<bool> follow, of one byte (None) or two
    for _ in range(2):
        at += 2 if data[at] else 1
    at += 46 + 8 + 32 + 3 * 8  # evidence hash, dispute time and initiator, three fee counters
    numbers = [int.from_bytes(data[at + 4 * i : at + 4 * i + 4], "little") for i in range(9)]
    counts = {"proposal": (numbers[0], numbers[1]), "dispute": (numbers[6], numbers[7])}
    return MarketOnChain(address, value["owner"], STATES[data[72]], counts)
