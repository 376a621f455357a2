"""A transaction's rows: attribution, order, identity, and every trap that breaks indexers."""

import base64

import pytest
from msgspec.structs import asdict

from chain import logs
from chain.decode import decode
from chain.program.fee_schedule import FeeSchedule
from chain.rows import CUT, FORGED, INSTRUCTION, MISMATCH, Decoded
from chain.transactions import Transaction
from tests.unit.chain.stories import (
    ALICE,
    BOB,
    BUDGET,
    ED25519,
    MARKET,
    MARKET_ID,
    NOW,
    OTHER_PROGRAM,
    PROGRAM_ID,
    SIGNATURE,
    TRANSFER,
    Ix,
    bought,
    buy,
    call,
    cancelled,
    codec,
    data_line,
    program,
    self_cpi,
    told,
)


def rows(tx: Transaction) -> Decoded:
    return decode(tx, program, FeeSchedule())


def places(decoded: Decoded) -> list[tuple[int, int, str, int, str]]:
    return [(e.outer, e.inner_path, e.kind, e.ordinal, e.name) for e in decoded.events]


def test_a_trade_becomes_an_event_and_an_instruction() -> None:
    decoded = rows(told(buy("Program log: Instruction: BuyShares", TRANSFER, data_line(bought()))))

    (event,) = decoded.events
    assert event.args == codec.decode_event(bought()).fields
    assert event.ix_args == {"outcome": True, "target_cost": 110}
    assert (event.market_id, event.market_address, event.wallet) == (MARKET_ID, MARKET, ALICE)
    assert (event.actor, event.block_time, event.tx_index) == (ALICE, NOW, 3)
    assert (event.provenance, event.mirrored, event.position) == ("log", False, 0)
    (instruction,) = decoded.instructions
    assert (instruction.name, instruction.market_id) == ("buy_shares", MARKET_ID)
    assert instruction.accounts["user"] == ALICE
    assert decoded.anomalies == ()
    assert decoded.transaction.signature == SIGNATURE


def test_rows_carry_their_fields_in_the_declared_order() -> None:
    """Rows are built positionally for speed: each field has the type it is declared with."""
    decoded = rows(told(buy(data_line(bought()))))

    assert asdict(decoded.transaction) == {
        "slot": 7,
        "signature": SIGNATURE,
        "tx_index": 3,
        "block_time": NOW,
        "err": None,
        "version": "0",
        "fee": 5000,
        "log_truncated": False,
    }
    event = asdict(decoded.events[0])
    assert event["program_id"] == PROGRAM_ID
    assert (event["kind"], event["name"], event["facts"]["gross"]) == ("log", "SharesBought", 100)


def test_a_failed_transaction_has_no_events_and_no_instructions() -> None:
    tx = told(buy(data_line(bought())), err={"InstructionError": [0, {"Custom": 6015}]})

    decoded = rows(tx)

    assert decoded.events == () == decoded.instructions
    assert decoded.transaction.err == {"InstructionError": [0, {"Custom": 6015}]}


def test_equal_events_of_one_instruction_all_stay() -> None:
    decoded = rows(told(buy(data_line(bought()), data_line(bought()))))

    assert places(decoded) == [
        (0, 0, "log", 0, "SharesBought"),
        (0, 0, "log", 1, "SharesBought"),
    ]
    assert [event.position for event in decoded.events] == [0, 1]


def test_equal_events_of_several_instructions_all_stay() -> None:
    decoded = rows(told(buy(data_line(bought())), buy(data_line(bought()))))

    assert places(decoded) == [
        (0, 0, "log", 0, "SharesBought"),
        (1, 0, "log", 0, "SharesBought"),
    ]


def test_another_programs_event_bytes_are_not_ours() -> None:
    spoof = Ix(OTHER_PROGRAM, says=[data_line(bought())])

    assert rows(told(spoof, buy())).events == ()


def test_another_program_called_by_ours_cannot_speak_for_it() -> None:
    spoof = Ix(OTHER_PROGRAM, says=[data_line(bought())])

    assert rows(told(buy(spoof))).events == ()


def test_our_program_speaks_again_after_a_call_returned() -> None:
    decoded = rows(told(buy(Ix(OTHER_PROGRAM), data_line(bought()))))

    assert places(decoded) == [(0, 0, "log", 0, "SharesBought")]


def test_our_program_called_by_another_keeps_its_inner_path() -> None:
    decoded = rows(told(Ix(OTHER_PROGRAM, says=[TRANSFER, buy(data_line(bought()))])))

    assert places(decoded) == [(0, 2, "log", 0, "SharesBought")]
    assert decoded.instructions[0].inner_path == 2
    assert decoded.events[0].actor == ALICE


MIMICS = [
    f"Program log: Program {PROGRAM_ID} invoke [1]",
    f"Program log: Program {PROGRAM_ID} success",
    "Program log: Log truncated",
    f"Program log: {data_line(bought())}",
    f"Program log: {base64.b64encode(bought()).decode()}",
    "Program log: abcd",
    f"Program log: a\nProgram {OTHER_PROGRAM} invoke [2]",
    "Program log: ",
]


@pytest.mark.parametrize("mimic", MIMICS)
def test_a_message_that_looks_like_structure_changes_nothing(mimic: str) -> None:
    """Neither in our program nor in another's."""
    other = Ix(OTHER_PROGRAM, says=[mimic, data_line(bought())])
    tx = told(other, buy(mimic, data_line(bought()), mimic))

    decoded = rows(tx)

    assert places(decoded) == [(1, 0, "log", 0, "SharesBought")]
    assert decoded.anomalies == ()
    assert not decoded.transaction.log_truncated


def test_precompiles_without_invoke_lines_shift_nothing() -> None:
    precompile = Ix(ED25519, b"\x01", silent=True)

    decoded = rows(told(precompile, Ix(BUDGET), precompile, buy(data_line(bought()))))

    assert places(decoded) == [(3, 0, "log", 0, "SharesBought")]


@pytest.mark.parametrize("height", [True, False])
def test_events_by_self_cpi_are_found_with_and_without_stack_height(height: bool) -> None:
    decoded = rows(told(buy(TRANSFER, self_cpi(bought(), height=height))))

    assert places(decoded) == [(0, 2, "cpi", 0, "SharesBought")]
    assert decoded.events[0].ix_args == {"outcome": True, "target_cost": 110}
    assert not decoded.events[0].mirrored
    assert [row.name for row in decoded.instructions] == ["buy_shares"]


def test_two_self_cpi_events_of_one_instruction_do_not_collide() -> None:
    decoded = rows(told(buy(self_cpi(bought()), self_cpi(bought()))))

    assert [(e.inner_path, e.ordinal) for e in decoded.events] == [(1, 0), (2, 0)]


def test_a_self_cpi_that_repeats_a_log_event_is_kept_and_not_counted() -> None:
    decoded = rows(told(buy(data_line(bought()), self_cpi(bought()))))

    assert [(e.kind, e.mirrored) for e in decoded.events] == [("log", False), ("cpi", True)]
    assert decoded.anomalies == ()


def test_a_self_cpi_repeats_one_log_event_only_once() -> None:
    decoded = rows(told(buy(data_line(bought()), self_cpi(bought())), buy(self_cpi(bought()))))

    assert [e.mirrored for e in decoded.events] == [False, True, False]


def test_log_and_self_cpi_that_differ_are_reported_and_counted_once() -> None:
    decoded = rows(told(buy(data_line(bought(110)), self_cpi(bought(220)))))

    assert [(e.args["cost"], e.mirrored) for e in decoded.events] == [(110, False), (220, True)]
    assert [a.reason for a in decoded.anomalies] == [MISMATCH]


def test_a_self_cpi_not_signed_by_the_event_authority_is_no_event() -> None:
    decoded = rows(told(Ix(OTHER_PROGRAM, says=[self_cpi(bought(), authority=BOB)])))

    assert decoded.events == ()
    assert [a.reason for a in decoded.anomalies] == [FORGED]


def test_position_is_the_order_of_execution_across_kinds() -> None:
    first, second, third = bought(110), bought(220), bought(330)
    tx = told(buy(data_line(first), self_cpi(second), data_line(third)))

    decoded = rows(tx)

    assert [(e.position, e.args["cost"]) for e in decoded.events] == [(0, 110), (1, 220), (2, 330)]


def test_a_self_cpi_nested_deeper_belongs_to_the_call_that_made_it() -> None:
    inner = buy(self_cpi(bought()), target_cost=999)
    tx = told(buy(Ix(OTHER_PROGRAM, says=[inner]), self_cpi(bought(220)), target_cost=111))

    decoded = rows(tx)

    assert [(e.args["cost"], e.ix_args) for e in decoded.events] == [
        (110, {"outcome": True, "target_cost": 999}),
        (220, {"outcome": True, "target_cost": 111}),
    ]


UNREADABLE = [
    ("UnknownDiscriminator", b"\xff" * 40),
    ("ShortData", bought()[:-1]),
    ("TrailingBytes", bought() + b"\0"),
    ("ShortData", b""),
    ("InvalidValue", bought()[:72] + b"\x07" + bought()[73:]),
]


@pytest.mark.parametrize(("reason", "data"), UNREADABLE)
def test_an_event_that_cannot_be_read_is_reported_and_the_rest_stays(
    reason: str, data: bytes
) -> None:
    """Its ordinal and its position stay taken, so reading it later moves nobody."""
    decoded = rows(told(buy(data_line(data), data_line(bought()))))

    assert [(e.ordinal, e.position) for e in decoded.events] == [(1, 1)]
    (anomaly,) = decoded.anomalies
    assert (anomaly.reason, anomaly.key) == (reason, f"{SIGNATURE}:0.0.0")
    assert base64.b64decode(anomaly.payload["base64"]) == data


@pytest.mark.parametrize("text", ["!!!", "abc", data_line(bought())[14:] + " " + "AAAA"])
def test_event_text_that_is_no_base64_is_reported(text: str) -> None:
    decoded = rows(told(buy(f"Program data: {text}")))

    assert [a.reason for a in decoded.anomalies] == ["InvalidValue"]


def test_an_unreadable_self_cpi_event_is_reported() -> None:
    decoded = rows(told(buy(self_cpi(b"\xff" * 20))))

    assert [a.reason for a in decoded.anomalies] == ["UnknownDiscriminator"]


def test_an_unknown_instruction_of_ours_is_reported_and_its_event_kept() -> None:
    strange = Ix(PROGRAM_ID, b"\xee" * 9, [MARKET], [data_line(bought())])

    decoded = rows(told(strange))

    assert [e.name for e in decoded.events] == ["SharesBought"]
    assert [a.reason for a in decoded.anomalies] == [INSTRUCTION]
    assert decoded.events[0].ix_args is None


def test_accounts_beyond_the_interface_are_kept_by_number() -> None:
    ix = call("cancel_market", {"market": MARKET, "admin": ALICE}, [data_line(cancelled())])
    ix.accounts = [*ix.accounts, BOB]

    assert rows(told(ix)).instructions[0].accounts["remaining_0"] == BOB


def test_lines_that_make_no_sense_are_reported_and_place_nothing() -> None:
    """An invoke line for which there is no instruction: whatever follows could be anybody's."""
    lines = (
        f"Program {OTHER_PROGRAM} invoke [1]",
        f"Program {OTHER_PROGRAM} success",
        f"Program {PROGRAM_ID} invoke [1]",
        data_line(bought()),
        f"Program {PROGRAM_ID} success",
    )

    decoded = rows(told(buy(data_line(bought())), logs=lines))

    assert [e.kind for e in decoded.events] == []
    assert CUT in [a.reason for a in decoded.anomalies]


ODD_LINES = [
    ("Program x invoke [2]",),
    (f"Program {PROGRAM_ID} invoke [3]",),
    (f"Program {PROGRAM_ID} invoke [0]",),
    (f"Program {PROGRAM_ID} invoke [99999]",),
    (f"Program {PROGRAM_ID} invoke []",),
    (f"Program {PROGRAM_ID} success",),
    (f"Program {PROGRAM_ID} invoke [1]", f"Program {OTHER_PROGRAM} success"),
    ("",),
    (" ",),
    ("Program ",),
    ("]",),
]


@pytest.mark.parametrize("lines", ODD_LINES)
def test_no_line_crashes_the_reader(lines: tuple[str, ...]) -> None:
    """What the log says of calls is lost; what the transaction asked for is not."""
    (instruction,) = rows(told(buy(), logs=lines)).instructions

    assert instruction.name == "buy_shares"


def test_a_transaction_that_does_not_name_the_program_has_no_rows_but_its_own() -> None:
    decoded = rows(told(Ix(OTHER_PROGRAM, says=[data_line(bought())])))

    assert (decoded.events, decoded.instructions, decoded.anomalies) == ((), (), ())


def test_forgetting_the_shapes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of structural lines is bounded: past it, it starts anew."""
    tx = told(buy(TRANSFER, data_line(bought())))
    before = rows(tx)
    monkeypatch.setattr(logs, "MOST_REMEMBERED", 5)
    logs._steps.clear()

    again = [rows(tx) for _ in range(3)]

    assert again == [before] * 3
