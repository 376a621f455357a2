"""One shape for a transaction, whoever told it: a raw webhook item, getTransaction, getBlock.

Pure and strict: what cannot be used is refused with a reason, never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from solders.signature import Signature

from chain import wire
from chain.codec.primitives import key_bytes

VERSIONS = {"legacy": "legacy", 0: "0", 1: "1"}


class ItemRefused(ValueError):
    """An item that cannot be used; the message is the reason it is quarantined with."""


class BodyRefused(ValueError):
    """A delivery whose body is no JSON array."""


class Enhanced(msgspec.Struct, frozen=True):
    """An enhanced webhook item: no logs, so all it says is which transaction to fetch."""

    signature: str


class ReturnData(msgspec.Struct, frozen=True):
    """What the last program to return something returned."""

    program: str
    base64: str


class Transaction(msgspec.Struct, frozen=True):
    """A confirmed transaction.

    `keys` are static, loaded writable, loaded readonly, as instruction indexes count them; the
    first `signers` of them signed. `inner` is by top-level index, in the RPC's order. Amounts in
    lamports, `block_time` in Unix seconds; `tx_index` None where the source does not say.
    `logs` None = the source recorded none.
    """

    slot: int
    signature: str
    tx_index: int | None
    block_time: int | None
    err: Any
    version: str
    fee: int | None
    keys: tuple[str, ...]
    signers: int
    instructions: tuple[wire.Instruction, ...]
    inner: Mapping[int, list[wire.Instruction]]
    logs: tuple[str, ...] | None
    pre_balances: tuple[int, ...]
    post_balances: tuple[int, ...]
    return_data: ReturnData | None = None

    @property
    def succeeded(self) -> bool:
        return self.err is None


_items = msgspec.json.Decoder(list[msgspec.Raw])
_item = msgspec.json.Decoder(wire.Item)
_peek = msgspec.json.Decoder(wire.Peek)


def split_items(body: bytes) -> list[bytes]:
    """A delivery's items, each as the bytes it came in, not yet looked into.

    Raises:
        BodyRefused: it is no JSON array.
    """
    try:
        return [bytes(raw) for raw in _items.decode(body)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BodyRefused(f"the body is no JSON array: {error}") from error


def transaction_from_bytes(raw: bytes) -> Transaction | Enhanced:
    """One webhook item or RPC result, as JSON.

    Raises:
        ItemRefused: it is neither a usable transaction nor an enhanced item.
    """
    try:
        return _normalized(_item.decode(raw))
    except msgspec.ValidationError as error:
        return _enhanced(raw, str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ItemRefused(f"not JSON: {error}") from error


def transaction_from(
    item: Any,
    *,
    slot: int | None = None,
    block_time: int | None = None,
    tx_index: int | None = None,
) -> Transaction | Enhanced:
    """The same for a value already read from JSON; getBlock's entries lack slot, time and place.

    Raises:
        ItemRefused: it is neither a usable transaction nor an enhanced item.
    """
    told = {"slot": slot, "blockTime": block_time, "indexWithinBlock": tx_index}
    if isinstance(item, Mapping):
        item = {**item, **{name: value for name, value in told.items() if value is not None}}
    try:
        return transaction_from_bytes(msgspec.json.encode(item))
    except (TypeError, ValueError, RecursionError) as error:
        if isinstance(error, ItemRefused):
            raise
        raise ItemRefused(f"not JSON: {error}") from error


def _enhanced(raw: bytes, reason: str) -> Enhanced:
    try:
        peek = _peek.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ItemRefused(reason) from error
    if peek.transaction is not None:
        raise ItemRefused(reason)
    if not isinstance(peek.signature, str):
        raise ItemRefused("no transaction in it")
    return Enhanced(_signature(peek.signature))


def _normalized(item: wire.Item) -> Transaction:
    meta, message = item.meta, item.transaction.message
    keys = _keys(item)
    inner = {entry.index: entry.instructions for entry in meta.inner_instructions or ()}
    _check(item, keys, inner)
    place = item.index_within_block
    returned = meta.return_data
    return Transaction(
        slot=item.slot,
        signature=_signature(item.transaction.signatures[0]),
        tx_index=item.transaction_index if place is None else place,
        block_time=item.block_time,
        err=meta.err,
        version=VERSIONS[item.version],
        fee=meta.fee,
        keys=keys,
        signers=message.header.num_required_signatures,
        instructions=tuple(message.instructions),
        inner=inner,
        logs=None if meta.log_messages is None else tuple(meta.log_messages),
        pre_balances=tuple(meta.pre_balances),
        post_balances=tuple(meta.post_balances),
        return_data=None if returned is None else ReturnData(returned.program_id, returned.data[0]),
    )


def _keys(item: wire.Item) -> tuple[str, ...]:
    """All keys, in the order that indexes count.

    Unresolved lookup tables are refused: every index behind them would point at somebody else.
    """
    message, loaded = item.transaction.message, item.meta.loaded_addresses
    writable, readonly = (loaded.writable, loaded.readonly) if loaded else ([], [])
    lookups = message.address_table_lookups or ()
    wanted = (
        sum(len(lookup.writable_indexes) for lookup in lookups),
        sum(len(lookup.readonly_indexes) for lookup in lookups),
    )
    if wanted != (len(writable), len(readonly)):
        raise ItemRefused(f"{wanted} addresses looked up, {len(writable), len(readonly)} loaded")
    keys = (*message.account_keys, *writable, *readonly)
    try:
        for key in keys:
            key_bytes(key)
    except ValueError as error:
        raise ItemRefused(f"{key[:50]!r} is no public key") from error
    return keys


def _check(
    item: wire.Item, keys: tuple[str, ...], inner: Mapping[int, list[wire.Instruction]]
) -> None:
    for reason in _faults(item, keys, inner):
        raise ItemRefused(reason)


def _faults(
    item: wire.Item, keys: tuple[str, ...], inner: Mapping[int, list[wire.Instruction]]
) -> Iterator[str]:
    message, meta = item.transaction.message, item.meta
    signed = len(item.transaction.signatures)
    if item.version not in VERSIONS:
        yield f"transaction version {item.version!r} is not known"
    if message.header.num_required_signatures != signed:
        yield "header and signatures disagree"
    if len(message.account_keys) < signed:
        yield "more signatures than keys"
    if len(inner) != len(meta.inner_instructions or ()):
        yield "inner instructions listed twice"
    if max(inner, default=-1) >= len(message.instructions):
        yield "inner instructions of none"
    if _reach(message.instructions, inner) >= len(keys):
        yield "an instruction points past the keys"
    if {len(meta.pre_balances), len(meta.post_balances)} - {0, len(keys)}:
        yield "balances and keys differ in number"
    if meta.err is not None and b"\\u0000" in msgspec.json.encode(meta.err):
        yield "NUL in err, which no jsonb can hold"


def _reach(top: list[wire.Instruction], inner: Mapping[int, list[wire.Instruction]]) -> int:
    """The highest key index that any instruction names."""
    reach = 0
    for instructions in (top, *inner.values()):
        for one in instructions:
            reach = max(reach, one.program_id_index, *one.accounts)
    return reach


def _signature(text: str) -> str:
    try:
        Signature.from_string(text)
    except ValueError as error:
        raise ItemRefused(f"{text[:100]!r} is no signature") from error
    return text
