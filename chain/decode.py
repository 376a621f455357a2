"""A transaction to rows: pure, and the same whoever delivered it.

Events come from log lines (by the invoke stack), from self-CPI, and, where the logs are cut, from
the instructions. Whatever cannot be read becomes an anomaly with the transaction's signature;
nothing is dropped and nothing half-read is called complete.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from chain.calls import Call, Calls, read_calls
from chain.facts import BUY, SELL, trade_facts
from chain.finder import Finder, Found
from chain.logs import TRUNCATED, Walk, walk
from chain.program.fee_schedule import FeeSchedule
from chain.program.interface import Program
from chain.rows import Decoded, EventRow, InstructionRow, TransactionRow
from chain.transactions import Transaction

_NOTHING: dict[str, Any] = {}


def decode(tx: Transaction, program: Program, fees: FeeSchedule) -> Decoded:
    """All rows of one transaction under the program's interface and the fees in force."""
    block_time = None if tx.block_time is None else datetime.fromtimestamp(tx.block_time, UTC)
    truncated = tx.logs is not None and TRUNCATED in tx.logs
    head = TransactionRow(
        tx.slot,
        tx.signature,
        tx.tx_index,
        block_time,
        tx.err,
        tx.version,
        tx.fee,
        truncated,
    )
    if tx.err is not None or program.program_id not in tx.keys:
        return Decoded(head, (), (), ())
    calls = read_calls(tx, program)
    walked = walk(tx, program.program_id)
    finder = Finder(tx, program, calls)
    found = finder.logged(walked.emissions)
    if calls.events:
        found += finder.sent(found)
    if tx.logs is None or walked.truncated or walked.odd:
        found += finder.rebuilt(found, walked)
    if calls.events or len(found) > len(walked.emissions):
        found.sort(key=lambda event: event.order)
    told = _Told(tx, program, fees, calls, walked, block_time)
    events = _event_rows(told, found)
    instructions = _instruction_rows(tx, program, calls, events, block_time)
    return Decoded(head, events, instructions, tuple(calls.anomalies))


class _Told(NamedTuple):
    """All that a row of the transaction may draw on."""

    tx: Transaction
    program: Program
    fees: FeeSchedule
    calls: Calls
    walked: Walk
    block_time: datetime | None


def _event_rows(told: _Told, found: list[Found]) -> tuple[EventRow, ...]:
    trades = sum(event.name in (BUY, SELL) and not event.mirrored for event in found)
    return tuple(
        _event_row(told, event, position, trades)
        for position, event in enumerate(found)
        if event.name
    )


def _event_row(told: _Told, event: Found, position: int, trades: int) -> EventRow:
    tx, program = told.tx, told.program
    call = told.calls.by_place.get(event.parent)
    market_id, market_address, wallet = program.subject(event.name, event.args)
    if market_address is None and call is not None:
        market_address = call.accounts.get("market")
    return EventRow(
        program.program_id,
        tx.slot,
        tx.signature,
        *event.place,
        event.kind,
        event.ordinal,
        position,
        event.name,
        event.args,
        None if call is None else call.args,
        _facts(told, event, call, trades),
        None if call is None else call.actor,
        market_id,
        market_address,
        wallet,
        tx.tx_index,
        told.block_time,
        event.kind,
        event.mirrored,
    )


def _facts(told: _Told, event: Found, call: Call | None, trades: int) -> dict[str, Any]:
    if event.name not in (BUY, SELL):
        return _NOTHING
    returned = told.walked.returned.get(event.parent)
    if returned is None:
        returned = _returned_at_last(told.tx, told.program, trades)
    alone = (told.tx, call) if trades == 1 and call is not None else None
    return trade_facts(event.name, event.args, returned, told.fees, alone)


def _returned_at_last(tx: Transaction, program: Program, trades: int) -> str | None:
    """meta.returnData holds only the last return: the one trade's, if there is one."""
    returned = tx.return_data
    if trades != 1 or returned is None or returned.program != program.program_id:
        return None
    return returned.base64


def _instruction_rows(
    tx: Transaction,
    program: Program,
    calls: Calls,
    events: tuple[EventRow, ...],
    block_time: datetime | None,
) -> tuple[InstructionRow, ...]:
    ids = {event.market_address: event.market_id for event in events if event.market_id}
    return tuple(
        _instruction_row(tx, program, call, ids, block_time) for call in calls.by_place.values()
    )


def _instruction_row(
    tx: Transaction,
    program: Program,
    call: Call,
    ids: dict[str | None, str],
    block_time: datetime | None,
) -> InstructionRow:
    market = call.accounts.get("market")
    return InstructionRow(
        program.program_id,
        tx.slot,
        tx.signature,
        call.outer,
        call.inner_path,
        call.name,
        call.args,
        call.accounts,
        call.args.get("market_id") or ids.get(market),
        market,
        tx.tx_index,
        block_time,
    )
