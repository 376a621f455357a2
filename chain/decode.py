"""A transaction to rows: pure, and the same whoever delivered it.

Events come from log lines (by the invoke stack), from self-CPI, and, where the logs are cut, from
the instructions. Whatever cannot be read becomes an anomaly with the transaction's signature;
nothing is dropped and nothing half-read is called complete.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from chain.calls import Call, Calls, read_calls
from chain.facts import BUY, CLAIM, CREATE, SELL, claim_facts, creation_facts, trade_facts
from chain.finder import Found, find_events
from chain.logs import TRUNCATED, Walk, call_tree, walk
from chain.program.fee_schedule import FeeSchedule
from chain.program.interface import Program
from chain.rows import Decoded, EventRow, InstructionRow, TransactionRow
from chain.transactions import Transaction


class _Told(Struct, frozen=True, gc=False):
    """All that a row of the transaction may draw on. `trades` are those that count."""

    tx: Transaction
    program: Program
    fees: FeeSchedule
    calls: Calls
    walked: Walk
    trades: int


def decode(tx: Transaction, program: Program, fees: FeeSchedule) -> Decoded:
    """All rows of one transaction under the program's interface and the fees in force."""
    if tx.err is not None or program.program_id not in tx.keys:
        return Decoded(_transaction_row(tx), (), (), ())
    tree = call_tree(tx)
    calls = read_calls(tx, tree, program)
    walked = walk(tx.logs or (), tree, program.program_id)
    found = find_events(tx, program, calls, walked)
    trades = sum([event.name in (BUY, SELL) and not event.mirrored for event in found])
    told = _Told(tx, program, fees, calls, walked, trades)
    events = tuple([_event_row(told, event, at) for at, event in enumerate(found) if event.name])
    return Decoded(
        _transaction_row(tx), events, _instruction_rows(told, events), tuple(calls.anomalies)
    )


def _transaction_row(tx: Transaction) -> TransactionRow:
    return TransactionRow(
        tx.slot,
        tx.signature,
        tx.tx_index,
        tx.block_time,
        tx.err,
        tx.version,
        tx.fee,
        tx.logs is not None and TRUNCATED in tx.logs,
    )


def _event_row(told: _Told, event: Found, position: int) -> EventRow:
    tx, program = told.tx, told.program
    (outer, inner_path), name, args = event.place, event.name, event.args
    call = told.calls.by_place.get(event.parent)
    about = program.subject(name, args)
    market_address = about.market_address
    if market_address is None and call is not None:
        market_address = call.accounts.get("market")
    return EventRow(
        program.program_id,
        tx.slot,
        tx.signature,
        outer,
        inner_path,
        event.kind,
        event.ordinal,
        position,
        name,
        args,
        None if call is None else call.args,
        _facts(told, event, call),
        None if call is None else call.actor,
        about.market_id,
        market_address,
        about.wallet,
        tx.tx_index,
        tx.block_time,
        event.kind,
        event.mirrored,
    )


def _facts(told: _Told, event: Found, call: Call | None) -> dict[str, Any]:
    if event.name in (BUY, SELL):
        return _trade_facts(told, event, call)
    alone = (told.tx, call) if call is not None and len(told.calls.by_place) == 1 else None
    if event.name == CLAIM:
        return claim_facts(event.args, alone)
    if event.name == CREATE and alone is not None:
        return creation_facts(*alone)
    return {}


def _trade_facts(told: _Told, event: Found, call: Call | None) -> dict[str, Any]:
    tx, returned = told.tx, told.walked.returned.get(event.parent)
    lonely = told.trades == 1
    last = tx.return_data
    if returned is None and last is not None and last.program == told.program.program_id:
        # meta.returnData holds only the last return: the one trade's, if there is one.
        returned = last.base64 if lonely else None
    alone = (tx, call) if lonely and call is not None else None
    return trade_facts(event.name, event.args, returned, told.fees, alone)


def _instruction_rows(told: _Told, events: tuple[EventRow, ...]) -> tuple[InstructionRow, ...]:
    tx, program_id = told.tx, told.program.program_id
    ids = {event.market_address: event.market_id for event in events if event.market_id}
    rows = []
    for call in told.calls.by_place.values():
        market = call.accounts.get("market")
        market_id = call.args.get("market_id") or ids.get(market)
        rows.append(
            InstructionRow(
                program_id,
                tx.slot,
                tx.signature,
                call.outer,
                call.inner_path,
                call.name,
                call.args,
                call.accounts,
                market_id,
                market,
                tx.tx_index,
                tx.block_time,
            )
        )
    return tuple(rows)
