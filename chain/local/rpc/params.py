"""Reading parameters: positional, then one object of options, as Solana's methods take them."""

import base64
import binascii
from typing import Any

import based58
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from chain.local.blocks import Commitment
from chain.local.chain import Chain
from chain.local.rpc.errors import MIN_CONTEXT_SLOT, RpcError, invalid

Json = Any

#: Names that the oldest clients still send.
COMMITMENTS: dict[str, Commitment] = {
    "processed": "processed",
    "recent": "processed",
    "confirmed": "confirmed",
    "single": "confirmed",
    "singleGossip": "confirmed",
    "finalized": "finalized",
    "max": "finalized",
    "root": "finalized",
}
MAX_WIRE = 4096


class Params:
    """One call's parameters; every reader raises -32602 on the wrong kind."""

    def __init__(self, chain: Chain, params: list[Json]) -> None:
        """`params` as the request has them."""
        self.chain = chain
        self._params = params

    def at(self, place: int, kind: type, name: str) -> Json:
        """The required parameter at a place."""
        value = self._params[place] if place < len(self._params) else None
        if not isinstance(value, kind) or isinstance(value, bool):
            raise invalid(f"{name} must be of type {kind.__name__}")
        return value

    def options(self, place: int) -> dict[str, Json]:
        """The options object at a place; empty when absent."""
        value = self._params[place] if place < len(self._params) else None
        if value is not None and not isinstance(value, dict):
            raise invalid("options must be an object")
        return value or {}

    def maybe(self, place: int) -> Json:
        """Whatever stands at a place."""
        return self._params[place] if place < len(self._params) else None

    def address(self, place: int) -> Pubkey:
        """The base58 address at a place."""
        return address(self.at(place, str, "address"))

    def commitment(self, options: dict[str, Json]) -> Commitment:
        """The commitment asked for (finalized by default) once `minContextSlot` is reached."""
        name = options.get("commitment") or "finalized"
        if name not in COMMITMENTS:
            raise invalid(f"unknown commitment {name}")
        commitment = COMMITMENTS[name]
        wanted = options.get("minContextSlot")
        tip = self.chain.blocks.tip(commitment)
        if isinstance(wanted, int) and tip.slot < wanted:
            message = "Minimum context slot has not been reached"
            raise RpcError(MIN_CONTEXT_SLOT, message, {"contextSlot": tip.slot})
        return commitment


def address(text: str) -> Pubkey:
    """A base58 address."""
    try:
        return Pubkey.from_string(text)
    except ValueError:
        raise invalid("Invalid param: Invalid") from None


def signature(text: Json) -> str:
    """A base58 signature, checked, as text."""
    try:
        return str(Signature.from_string(text))
    except (ValueError, TypeError):
        raise invalid("Invalid param: Invalid") from None


def wire(text: str, encoding: str) -> tuple[bytes, VersionedTransaction]:
    """A transaction's bytes and the transaction."""
    if encoding not in ("base58", "base64"):
        raise invalid(f"unsupported encoding: {encoding}. Supported encodings: base58, base64")
    try:
        decode = based58.b58decode if encoding == "base58" else _from_base64
        raw = decode(text.encode())
    except (ValueError, binascii.Error):
        raise invalid(f"invalid {encoding} encoding") from None
    if len(raw) > MAX_WIRE:
        raise invalid(f"decoded transaction too large: {len(raw)} bytes (max: {MAX_WIRE} bytes)")
    try:
        tx = VersionedTransaction.from_bytes(raw)
        tx.sanitize()
    except Exception as unreadable:  # noqa: BLE001 - solders raises several kinds, all ours to blame
        raise invalid(f"failed to deserialize transaction: {unreadable}") from None
    return raw, tx


def _from_base64(raw: bytes) -> bytes:
    return base64.b64decode(raw, validate=True)


def limit_of(options: dict[str, Json], most: int) -> int:
    """The page size: `most` unless a smaller one is asked for."""
    limit = options.get("limit")
    if limit is None:
        return most
    if not isinstance(limit, int) or not 1 <= limit <= most:
        raise invalid(f"Invalid limit; max {most}")
    return limit
