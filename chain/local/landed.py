"""A transaction that landed in a block, and the shapes in which nodes and Helius tell of it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import based58
from solders.message import Message, MessageV0, MessageV1
from solders.transaction import VersionedTransaction

Json = Any


@dataclass(frozen=True, slots=True, eq=False)
class Landed:
    """One transaction at its place; `time` in Unix seconds, `meta` as getTransaction has it."""

    signature: str
    slot: int
    index: int
    time: int
    wire: bytes
    meta: dict[str, Json]
    mentions: tuple[str, ...]

    @property
    def err(self) -> Json:
        """Solana's JSON of why it failed; None when it succeeded."""
        return self.meta["err"]


def mentions_of(wire: bytes, meta: dict[str, Json]) -> tuple[str, ...]:
    """Every address a transaction names, lookup tables resolved."""
    static = VersionedTransaction.from_bytes(wire).message.account_keys
    loaded = meta["loadedAddresses"]
    return (*map(str, static), *loaded["writable"], *loaded["readonly"])


class TooNewVersion(Exception):
    """The reader did not say that it knows this transaction version (-32015)."""

    def __init__(self, version: int) -> None:
        """The version that the reader would have to name."""
        super().__init__(version)
        self.version = version


def version_of(tx: VersionedTransaction) -> int | str:
    """`legacy`, 0 or 1."""
    if isinstance(tx.message, Message):
        return "legacy"
    return 0 if isinstance(tx.message, MessageV0) else 1


def message_json(message: Message | MessageV0 | MessageV1) -> dict[str, Json]:
    """A message as the encoding `json` spells it."""
    header = message.header
    spelled: dict[str, Json] = {
        "header": {
            "numRequiredSignatures": header.num_required_signatures,
            "numReadonlySignedAccounts": header.num_readonly_signed_accounts,
            "numReadonlyUnsignedAccounts": header.num_readonly_unsigned_accounts,
        },
        "accountKeys": [str(key) for key in message.account_keys],
        "recentBlockhash": str(message.recent_blockhash),
        "instructions": [
            {
                "programIdIndex": instruction.program_id_index,
                "accounts": list(instruction.accounts),
                "data": based58.b58encode(bytes(instruction.data)).decode(),
                "stackHeight": None,
            }
            for instruction in message.instructions
        ],
    }
    if isinstance(message, MessageV0):
        spelled["addressTableLookups"] = _lookups(message)
    if isinstance(message, MessageV1):
        spelled["transactionConfig"] = _config(message)
    return spelled


def _lookups(message: MessageV0) -> list[Json]:
    return [
        {
            "accountKey": str(lookup.account_key),
            "writableIndexes": list(lookup.writable_indexes),
            "readonlyIndexes": list(lookup.readonly_indexes),
        }
        for lookup in message.address_table_lookups
    ]


def _config(message: MessageV1) -> dict[str, Json]:
    config = message.config
    return {
        "priorityFee": config.priority_fee,
        "computeUnitLimit": config.compute_unit_limit,
        "loadedAccountsDataSizeLimit": config.loaded_accounts_data_size_limit,
        "heapSize": config.heap_size,
    }


def _as_json(wire: bytes) -> Json:
    tx = VersionedTransaction.from_bytes(wire)
    return {"signatures": [str(s) for s in tx.signatures], "message": message_json(tx.message)}


ENCODINGS: dict[str, Callable[[bytes], Json]] = {
    "json": _as_json,
    "base64": lambda wire: [base64.b64encode(wire).decode(), "base64"],
    "base58": lambda wire: [based58.b58encode(wire).decode(), "base58"],
}


def transaction_json(landed: Landed, *, encoding: str, max_version: int | None) -> dict[str, Json]:
    """`transaction`, `meta` and, for readers that know versions, `version`.

    Raises:
        TooNewVersion: the transaction's version is above `max_version` (None: legacy only).
    """
    version = version_of(VersionedTransaction.from_bytes(landed.wire))
    if isinstance(version, int) and version > (-1 if max_version is None else max_version):
        raise TooNewVersion(version)
    shape = {"transaction": ENCODINGS[encoding](landed.wire), "meta": landed.meta}
    return shape if max_version is None else {**shape, "version": version}


def helius_json(landed: Landed) -> dict[str, Json]:
    """One item of a Helius raw webhook: like getTransaction, but without any stackHeight."""
    tx = VersionedTransaction.from_bytes(landed.wire)
    message = message_json(tx.message)
    for instruction in message["instructions"]:
        del instruction["stackHeight"]
    groups = [
        {"index": group["index"], "instructions": [_flat(i) for i in group["instructions"]]}
        for group in landed.meta["innerInstructions"]
    ]
    return {
        "blockTime": landed.time,
        "indexWithinBlock": landed.index,
        "slot": landed.slot,
        "version": version_of(tx),
        "meta": {**landed.meta, "innerInstructions": groups},
        "transaction": {"signatures": [str(s) for s in tx.signatures], "message": message},
    }


def _flat(instruction: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in instruction.items() if key != "stackHeight"}
