"""What a node answers, typed."""

from __future__ import annotations

import base64
import binascii
from typing import Any, NamedTuple, TypeVar

import msgspec

from chain.rpc_errors import Transient

_T = TypeVar("_T")


class Account(NamedTuple):
    """An account's bytes and who owns it."""

    data: bytes
    owner: str
    lamports: int


class Accounts(NamedTuple):
    slot: int
    accounts: list[Account | None]


class Blockhash(NamedTuple):
    blockhash: str
    last_valid_block_height: int
    slot: int


class LatestBlockhash(msgspec.Struct, frozen=True, rename="camel"):
    blockhash: str
    last_valid_block_height: int


class TransactionPage(msgspec.Struct, frozen=True, rename="camel"):
    data: list[dict[str, Any]] = []
    pagination_token: str | None = None


class EpochInfo(msgspec.Struct, frozen=True, rename="camel"):
    absolute_slot: int
    block_height: int
    epoch: int


class SignatureInfo(msgspec.Struct, frozen=True, rename="camel"):
    """A line of getSignaturesForAddress; only some nodes tell `transaction_index`."""

    signature: str
    slot: int
    err: Any = None
    block_time: int | None = None
    confirmation_status: str | None = None
    transaction_index: int | None = None


class SignatureStatus(msgspec.Struct, frozen=True, rename="camel"):
    """`err` is what decides whether anything happened; `confirmations` None = rooted."""

    slot: int
    err: Any = None
    confirmations: int | None = None
    confirmation_status: str | None = None

    @property
    def confirmed(self) -> bool:
        return self.confirmation_status in {"confirmed", "finalized"}

    @property
    def finalized(self) -> bool:
        return self.confirmation_status == "finalized"


class Statuses(NamedTuple):
    slot: int
    statuses: list[SignatureStatus | None]


class Simulation(msgspec.Struct, frozen=True, rename="camel"):
    err: Any = None
    logs: list[str] | None = None
    units_consumed: int | None = None
    slot: int = 0  # at which it was tried


def account_of(value: Any) -> Account | None:
    """An account in encoding base64, or None."""
    if value is None:
        return None
    try:
        data = base64.b64decode(value["data"][0])
        return Account(data, str(value["owner"]), int(value["lamports"]))
    except (KeyError, IndexError, TypeError, ValueError, binascii.Error) as error:
        raise Transient("account", f"an answer of the wrong shape: {error!r}") from error


def context_of(answer: Any, kind: type[_T]) -> tuple[int, _T]:
    """The context slot and the value of an answer that has both.

    Raises:
        Transient: it has not, or the value is of another shape.
    """
    if not isinstance(answer, dict) or "value" not in answer:
        raise Transient("answer", "without a value")
    slot = converted(answer.get("context"), _Context).slot
    return slot, converted(answer["value"], kind)


def converted(value: Any, kind: type[_T]) -> _T:
    """An answer as a type.

    Raises:
        Transient: the node answered something of another shape.
    """
    try:
        result: _T = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Transient("answer", f"of the wrong shape: {error}") from error
    return result


class _Context(msgspec.Struct, frozen=True):
    slot: int
