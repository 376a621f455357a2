"""A transaction as raw.land takes it, and many of them as its parallel arrays."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

#: Rows in the order of raw.land's parameters, without the leading transaction index.
Row = tuple[Any, ...]

TRANSACTION_COLUMNS = 11
EVENT_COLUMNS = 16
INSTRUCTION_COLUMNS = 8
LETTER_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Landable:
    """One transaction, decoded: everything of it lands in one commit or nothing does."""

    slot: int
    signature: str
    #: (slot, signature, tx_index, block_time, err, version, fee, log_truncated, source,
    #: commitment, payload)
    transaction: Row
    events: Sequence[Row]
    instructions: Sequence[Row]
    letters: Sequence[Row]  # (key, payload, reason, class): what could not be read in it

    @property
    def key(self) -> tuple[int, str]:
        """Where in the chain it stands: a signature alone can land twice, in two forks."""
        return self.slot, self.signature

    def payload(self) -> bytes:
        """The item's JSON as it was received."""
        return zlib.decompress(self.transaction[-1])


def parameters(items: Iterable[Landable]) -> list[list[Any]]:
    """The arguments of raw.land, in its order: one list per column."""
    items = list(items)
    return [
        *_columns((item.transaction for item in items), TRANSACTION_COLUMNS),
        *_columns(_numbered(i.events for i in items), EVENT_COLUMNS + 1),
        *_columns(_numbered(i.instructions for i in items), INSTRUCTION_COLUMNS + 1),
        *_columns((letter for item in items for letter in item.letters), LETTER_COLUMNS),
    ]


def _numbered(groups: Iterable[Sequence[Row]]) -> Iterable[Row]:
    """Put before each row the 1-based index of the transaction it belongs to."""
    return ((n, *row) for n, rows in enumerate(groups, 1) for row in rows)


def _columns(rows: Iterable[Row], width: int) -> list[list[Any]]:
    """Turn rows into columns; no rows give as many empty columns."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]
