"""Transactions as they come over the wire: Helius raw webhook items and RPC results, encoding json.

Only what is read is declared; msgspec refuses wrong types and names the place. Field names are
Solana's, in snake case.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

# Wide enough for any chain; narrow enough for a bigint and its partitions' bounds.
Slot = Annotated[int, Meta(ge=0, le=1 << 53)]
Lamports = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]  # all there are: 6e17
Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]  # the year 9999, PostgreSQL's manners
Place = Annotated[int, Meta(ge=0, lt=1 << 31)]
KeyIndex = Annotated[int, Meta(ge=0, lt=256)]


class Wire(Struct, frozen=True, rename="camel", gc=False):
    """Camel case outside, snake case inside; fields not declared are passed over."""


class Instruction(Wire, frozen=True, rename="camel", gc=False):
    """One instruction; indexes point into all keys: static, loaded writable, loaded readonly."""

    program_id_index: KeyIndex
    accounts: list[KeyIndex]
    data: str  # base58
    stack_height: int | None = None


class InnerInstructions(Wire, frozen=True, rename="camel", gc=False):
    index: Place
    instructions: list[Instruction]


class Header(Wire, frozen=True, rename="camel", gc=False):
    num_required_signatures: Annotated[int, Meta(ge=1, lt=256)]


class AddressTableLookup(Wire, frozen=True, rename="camel", gc=False):
    writable_indexes: list[int]
    readonly_indexes: list[int]


class Message(Wire, frozen=True, rename="camel", gc=False):
    account_keys: list[str]
    header: Header
    instructions: list[Instruction]
    address_table_lookups: list[AddressTableLookup] | None = None


class SignedMessage(Wire, frozen=True, rename="camel", gc=False):
    signatures: Annotated[list[str], Meta(min_length=1)]
    message: Message


class LoadedAddresses(Wire, frozen=True, rename="camel", gc=False):
    writable: list[str]
    readonly: list[str]


class ReturnData(Wire, frozen=True, rename="camel", gc=False):
    program_id: str
    data: tuple[str, str]  # base64, and the word for it


class TransactionMeta(Wire, frozen=True, rename="camel", gc=False):
    """`err` must be said: without it nobody knows whether anything happened."""

    err: Any
    fee: Lamports | None = None
    inner_instructions: list[InnerInstructions] | None = None
    loaded_addresses: LoadedAddresses | None = None
    log_messages: list[str] | None = None
    pre_balances: list[Lamports] = []
    post_balances: list[Lamports] = []
    return_data: ReturnData | None = None


class Item(Wire, frozen=True, rename="camel", gc=False):
    """One transaction.

    Its place in the block: Helius says indexWithinBlock, lists say transactionIndex,
    getTransaction says nothing.
    """

    slot: Slot
    meta: TransactionMeta
    transaction: SignedMessage
    block_time: Seconds | None = None
    index_within_block: Place | None = None
    transaction_index: Place | None = None
    version: int | str = "legacy"


class Peek(Wire, frozen=True, rename="camel", gc=False):
    """What tells an enhanced webhook item from a broken raw one."""

    signature: Any = None
    transaction: Any = None
