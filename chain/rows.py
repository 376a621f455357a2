"""What a transaction becomes: the rows of `raw.transactions`, `raw.events`, `raw.instructions`.

Columns in the tables' order, without what only landing knows (seq, source, received_at). Times are
Unix seconds, as the chain tells them; amounts lamports. Structs of msgspec: made in a third of a
named tuple's time.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class TransactionRow(Struct, frozen=True, gc=False):
    slot: int
    signature: str
    tx_index: int | None
    block_time: int | None
    err: Any
    version: str
    fee: int | None
    log_truncated: bool


class EventRow(Struct, frozen=True, gc=False):
    program_id: str
    slot: int
    signature: str
    outer: int
    inner_path: int
    kind: str  # log, cpi, derived
    ordinal: int
    position: int
    name: str
    args: dict[str, Any]
    ix_args: dict[str, Any] | None
    facts: dict[str, Any]
    actor: str | None
    market_id: str | None
    market_address: str | None
    wallet: str | None
    tx_index: int | None
    block_time: int | None
    provenance: str  # log, cpi, derived
    mirrored: bool


class InstructionRow(Struct, frozen=True, gc=False):
    program_id: str
    slot: int
    signature: str
    outer: int
    inner_path: int
    name: str
    args: dict[str, Any]
    accounts: dict[str, str]
    market_id: str | None
    market_address: str | None
    tx_index: int | None
    block_time: int | None


class Anomaly(Struct, frozen=True, gc=False):
    """Something of a transaction that could not be read as it should: a dead letter.

    `key` names the place, `signature:outer.inner_path.ordinal` or the signature alone; `reason`
    is one of the words below, `detail` says more, `payload` is what is needed to look again.
    """

    reason: str
    key: str
    detail: str
    payload: dict[str, Any]


class Decoded(Struct, frozen=True, gc=False):
    """All of one transaction; of a failed one only its own row."""

    transaction: TransactionRow
    events: tuple[EventRow, ...]
    instructions: tuple[InstructionRow, ...]
    anomalies: tuple[Anomaly, ...]


# Reasons, beside the codec's own (ShortData, TrailingBytes, UnknownDiscriminator, InvalidValue).
LOST = "EventLost"  # an instruction whose event nobody kept and nothing could tell
PARTIAL = "DerivedPartly"  # derived, but some fields are not known
CUT = "LogTruncated"  # the lines end early, are missing, or make no sense
MISMATCH = "LogCpiMismatch"  # the log and the self-CPI say different things
FORGED = "CpiUnauthorized"  # looks like a self-CPI event, not signed by the event authority
INSTRUCTION = "InstructionUnreadable"
