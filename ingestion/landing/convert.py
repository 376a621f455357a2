"""From decoded rows to what raw.land takes: JSON as text, times as Unix seconds."""

from typing import Any

import orjson
from isal import isal_zlib

from chain.rows import Anomaly, Decoded, EventRow, InstructionRow
from ingestion.landing.rows import Landable, Row

#: 18 µs for 4 kB by ISA-L, a third of zlib's own time for the same size, and any zlib reads it.
#: PostgreSQL from wheels has no lz4, so the client compresses.
_LEVEL = 1


def to_landable(item: bytes, decoded: Decoded, *, source: str, commitment: str) -> Landable:
    """A decoded transaction with the JSON it came as."""
    tx = decoded.transaction
    transaction = (
        tx.slot,
        tx.signature,
        tx.tx_index,
        tx.block_time,
        None if tx.err is None else _json(tx.err),
        tx.version,
        tx.fee,
        tx.log_truncated,
        source,
        commitment,
        isal_zlib.compress(item, _LEVEL),
    )
    return Landable(
        tx.slot,
        tx.signature,
        transaction,
        [_event(row) for row in decoded.events],
        [_instruction(row) for row in decoded.instructions],
        [_letter(anomaly) for anomaly in decoded.anomalies],
    )


def _event(row: EventRow) -> Row:
    return (
        row.program_id,
        row.outer,
        row.inner_path,
        row.kind,
        row.ordinal,
        row.position,
        row.name,
        _json(row.args),
        None if row.ix_args is None else _json(row.ix_args),
        _json(row.facts),
        row.actor,
        row.market_id,
        row.market_address,
        row.wallet,
        row.provenance,
        row.mirrored,
    )


def _instruction(row: InstructionRow) -> Row:
    return (
        row.program_id,
        row.outer,
        row.inner_path,
        row.name,
        _json(row.args),
        _json(row.accounts),
        row.market_id,
        row.market_address,
    )


def _letter(anomaly: Anomaly) -> Row:
    """An anomaly is a dead letter of its own; its key names the signature."""
    reason = f"{anomaly.reason}: {anomaly.detail}"
    return letter_key(anomaly), _json(anomaly.payload), reason, anomaly.reason


def letter_key(anomaly: Anomaly) -> str:
    """The key of an anomaly's dead letter."""
    return f"{anomaly.key}:{anomaly.reason}"


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
