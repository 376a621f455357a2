"""Whatever lines and instructions a transaction has, it becomes rows or anomalies, never a crash."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chain.decode import decode
from chain.program.fee_schedule import FeeSchedule
from chain.transactions import Enhanced, ItemRefused, transaction_from_bytes
from tests.unit.chain.items import item
from tests.unit.chain.stories import (
    ED25519,
    OTHER_PROGRAM,
    PROGRAM_ID,
    Ix,
    bought,
    buy,
    data_line,
    program,
    self_cpi,
    sold,
    told,
)

WORDS = st.sampled_from(
    [
        "Program log: hello",
        f"Program log: Program {PROGRAM_ID} invoke [1]",
        f"Program log: {data_line(bought())}",
        f"Program {PROGRAM_ID} invoke [1]",
        f"Program {PROGRAM_ID} invoke [2]",
        f"Program {OTHER_PROGRAM} invoke [1]",
        f"Program {PROGRAM_ID} success",
        f"Program {OTHER_PROGRAM} success",
        f"Program {PROGRAM_ID} failed: custom program error: 0x1",
        f"Program return: {PROGRAM_ID} AAAAAAAAAAA=",
        data_line(bought()),
        data_line(sold()),
        data_line(b"\xff" * 9),
        "Program data: ",
        "Log truncated",
        "",
    ]
)
LINES = st.lists(WORDS | st.text(max_size=60), max_size=12)


@given(LINES)
def test_any_lines_become_rows_or_anomalies(lines: list[str]) -> None:
    decoded = decode(
        told(buy(self_cpi(bought())), buy(), logs=tuple(lines)), program, FeeSchedule()
    )
    keys = [(e.outer, e.inner_path, e.kind, e.ordinal) for e in decoded.events]

    assert len(set(keys)) == len(keys)
    assert len(decoded.instructions) == 2


def stories(depth: int) -> st.SearchStrategy[Ix]:
    """Instructions of ours and of others, nested, with events, words and precompiles."""
    inner: st.SearchStrategy[Any] = st.just(data_line(bought())) | st.just("Program log: hm")
    if depth:
        inner = inner | stories(depth - 1)
    if depth < 2:
        inner = inner | st.just(self_cpi(sold()))
    says = st.lists(inner, max_size=4)
    ours = says.map(lambda told_by: buy(*told_by))
    others = says.map(lambda told_by: Ix(OTHER_PROGRAM, says=told_by))
    return ours | others


def emitted(ix: Ix, ours: bool = False) -> int:
    """How many events the program really emits."""
    mine = ix.program == PROGRAM_ID
    if mine and ix.data.startswith(self_cpi(b"").data[:8]):
        return 1 if ours else 0
    lines = sum(isinstance(said, str) and said.startswith("Program data") for said in ix.says)
    below = sum(emitted(said, mine) for said in ix.says if isinstance(said, Ix))
    return lines * mine + below


def forged(ix: Ix, ours: bool = False) -> int:
    """Self-CPIs that another program calls: only a test can sign those."""
    if ix.data.startswith(self_cpi(b"").data[:8]) and ix.program == PROGRAM_ID:
        return 0 if ours else 1
    mine = ix.program == PROGRAM_ID
    return sum(forged(said, mine) for said in ix.says if isinstance(said, Ix))


PRECOMPILES = st.lists(st.just(Ix(ED25519, b"\x01", silent=True)), max_size=2)


@given(st.lists(stories(2), min_size=1, max_size=3), PRECOMPILES, st.data())
def test_every_event_of_any_call_tree_is_found_once_and_in_order(
    tops: list[Ix], precompiles: list[Ix], data: st.DataObject
) -> None:
    """Precompiles anywhere among them shift nothing."""
    for precompile in precompiles:
        tops.insert(data.draw(st.integers(0, len(tops))), precompile)
    tx = told(buy(), *tops)
    expected = sum(emitted(ix) + forged(ix) for ix in tops)

    decoded = decode(tx, program, FeeSchedule())

    assert len(decoded.events) == expected
    assert [e.position for e in decoded.events] == list(range(expected))
    assert [e.outer for e in decoded.events] == sorted(e.outer for e in decoded.events)
    assert decoded.anomalies == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
PATHS = [
    ("slot",),
    ("version",),
    ("blockTime",),
    ("meta",),
    ("meta", "err"),
    ("meta", "logMessages"),
    ("meta", "innerInstructions"),
    ("meta", "loadedAddresses"),
    ("meta", "preBalances"),
    ("meta", "returnData"),
    ("transaction",),
    ("transaction", "signatures"),
    ("transaction", "message"),
    ("transaction", "message", "header"),
    ("transaction", "message", "accountKeys"),
    ("transaction", "message", "instructions"),
    ("transaction", "message", "addressTableLookups"),
]


@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON), min_size=1, max_size=3))
def test_any_item_is_read_or_refused_and_what_is_read_decodes(
    changes: list[tuple[tuple[str, ...], Any]],
) -> None:
    value: Any = item()
    for path, replacement in changes:
        target = value
        for name in path[:-1]:
            target = target.get(name) if isinstance(target, dict) else None
        if isinstance(target, dict):
            target[path[-1]] = replacement
    try:
        tx = transaction_from_bytes(json.dumps(value).encode())
    except ItemRefused:
        return
    if not isinstance(tx, Enhanced):
        assert all(event.slot == tx.slot for event in decode(tx, program, FeeSchedule()).events)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """What is no transaction is refused with a reason, by no other error."""
    try:
        read = transaction_from_bytes(raw)
    except ItemRefused:
        return
    assert read.signature
