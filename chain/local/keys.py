"""Which accounts a transaction names, in Solana's order, and which of them it may write."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from solders.account import Account
from solders.message import Message, MessageAddressTableLookup, MessageV0, MessageV1
from solders.pubkey import Pubkey

#: A lookup table account: 56 bytes of header, then addresses of 32 bytes.
TABLE_HEADER = 56


@dataclass(frozen=True, slots=True)
class Keys:
    """Accounts of one transaction: static keys, then loaded writable, then loaded readonly."""

    all: tuple[Pubkey, ...]
    writable: tuple[Pubkey, ...]
    loaded_writable: tuple[Pubkey, ...]
    loaded_readonly: tuple[Pubkey, ...]


def resolve(
    message: Message | MessageV0 | MessageV1, account: Callable[[Pubkey], Account | None]
) -> Keys:
    """Read the message's header and lookup tables.

    Raises:
        LookupError: Solana's name of what is wrong with a table.
    """
    static = message.account_keys
    header = message.header
    signed_end = header.num_required_signatures - header.num_readonly_signed_accounts
    open_end = len(static) - header.num_readonly_unsigned_accounts
    writable = static[:signed_end] + static[header.num_required_signatures : open_end]
    lookups = message.address_table_lookups if isinstance(message, MessageV0) else []
    loaded_writable: list[Pubkey] = []
    loaded_readonly: list[Pubkey] = []
    for lookup in lookups:
        table = _table(lookup, account)
        loaded_writable += _pick(table, lookup.writable_indexes)
        loaded_readonly += _pick(table, lookup.readonly_indexes)
    return Keys(
        (*static, *loaded_writable, *loaded_readonly),
        (*writable, *loaded_writable),
        tuple(loaded_writable),
        tuple(loaded_readonly),
    )


def _table(
    lookup: MessageAddressTableLookup, account: Callable[[Pubkey], Account | None]
) -> list[Pubkey]:
    table = account(lookup.account_key)
    if table is None:
        raise LookupError("AddressLookupTableNotFound")
    return [Pubkey(raw) for (raw,) in _addresses(table.data[TABLE_HEADER:])]


def _addresses(data: bytes) -> Iterator[tuple[bytes]]:
    return struct.iter_unpack("32s", data[: len(data) // 32 * 32])


def _pick(table: list[Pubkey], indexes: bytes) -> list[Pubkey]:
    try:
        return [table[index] for index in indexes]
    except IndexError:
        raise LookupError("InvalidAddressLookupTableIndex") from None
