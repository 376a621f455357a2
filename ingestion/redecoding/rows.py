"""A decoded event as raw.events would hold it, for comparison with what it does hold; pure."""

from datetime import UTC, datetime
from typing import Any

import orjson
from msgspec.structs import asdict

from chain.rows import EventRow


def event_json(row: EventRow, *, tx_index: int | None, block_time: datetime | None) -> Any:
    """The row as `to_jsonb` writes it, but for seq and received_at.

    The transaction's own place is taken: a list may have told it where the payload does not.
    """
    held = asdict(row) | {
        "tx_index": tx_index,
        "block_time": None if block_time is None else _moment(block_time),
    }
    # Through JSON, so that what is compared has the types of JSON.
    return orjson.loads(orjson.dumps(held))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
