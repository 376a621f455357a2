"""A transaction's instructions to the program, and its events by self-CPI (`emit_cpi!`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import based58
from msgspec import Struct

from chain.codec import CodecError
from chain.logs import Tree
from chain.program.interface import Program
from chain.rows import FORGED, INSTRUCTION, Anomaly
from chain.transactions import Transaction
from chain.wire import Instruction

# Anchor's mark of an event by self-CPI: sha256("anchor:event")[:8], reversed.
EVENT_TAG = bytes.fromhex("e445a52e51cb9a1d")

Place = tuple[int, int]  # outer, inner_path


class Call(Struct, frozen=True, gc=False):
    """An instruction to the program, read."""

    outer: int
    inner_path: int
    name: str
    args: dict[str, Any]
    accounts: dict[str, str]
    actor: str | None


class CpiEvent(NamedTuple):
    """An event's bytes that the program sent to itself; `parent` is the call that did."""

    outer: int
    inner_path: int
    parent: Place
    data: bytes


class Calls(Struct, frozen=True, gc=False):
    by_place: dict[Place, Call]
    events: list[CpiEvent]
    anomalies: list[Anomaly]


def read_calls(tx: Transaction, tree: Tree, program: Program) -> Calls:
    """Every instruction to the program, top-level and inner, in execution order."""
    calls = Calls({}, [], [])
    keys = tx.keys
    for place, parent, instruction, data in _ours(tx, tree, program.program_id):
        accounts = [keys[i] for i in instruction.accounts]
        if _is_event(place, data):
            if accounts[:1] == [program.event_authority]:
                calls.events.append(CpiEvent(*place, parent, data[8:]))
            else:
                calls.anomalies.append(
                    _anomaly(FORGED, tx, place, instruction.data, "no authority")
                )
            continue
        try:
            calls.by_place[place] = _call(program, place, data, accounts)
        except CodecError as error:
            detail = f"{type(error).__name__}: {error}"
            calls.anomalies.append(_anomaly(INSTRUCTION, tx, place, instruction.data, detail))
    return calls


def _ours(
    tx: Transaction, tree: Tree, program_id: str
) -> list[tuple[Place, Place, Instruction, bytes]]:
    """Instructions to the program: place, the place of the call around it, itself, its data."""
    ours = []
    for outer, (program, inner) in enumerate(tree):
        top = (outer, 0)
        if program == program_id:
            instruction = tx.instructions[outer]
            ours.append((top, top, instruction, _bytes(instruction.data)))
        if not inner or program_id not in inner:
            continue
        open_calls = [(1, top)]
        for path, instruction in enumerate(tx.inner[outer], start=1):
            if inner[path - 1] != program_id:
                continue
            # A node that tells no height: taken as inside the last call of ours.
            height = instruction.stack_height or open_calls[-1][0] + 1
            while len(open_calls) > 1 and open_calls[-1][0] >= height:
                open_calls.pop()
            place, data = (outer, path), _bytes(instruction.data)
            ours.append((place, open_calls[-1][1], instruction, data))
            if not _is_event(place, data):
                open_calls.append((height, place))
    return ours


def _is_event(place: Place, data: bytes) -> bool:
    return place[1] > 0 and data.startswith(EVENT_TAG)


def _bytes(text: str) -> bytes:
    """Instruction data; what is no base58 becomes no data, which no instruction begins like."""
    try:
        return bytes(based58.b58decode(text.encode()))
    except ValueError:
        return b""


def _call(program: Program, place: Place, data: bytes, accounts: list[str]) -> Call:
    name, args = program.codec.decode_instruction(data)
    names, signer = program.accounts[name]
    named = dict(zip(names, accounts, strict=False))
    for i, key in enumerate(accounts[len(names) :]):
        named[f"remaining_{i}"] = key
    actor = accounts[signer] if signer is not None and signer < len(accounts) else None
    return Call(place[0], place[1], name, args, named, actor)


def _anomaly(reason: str, tx: Transaction, place: Place, data: str, detail: str) -> Anomaly:
    outer, inner_path = place
    return Anomaly(
        reason,
        f"{tx.signature}:{outer}.{inner_path}",
        detail,
        {
            "slot": tx.slot,
            "signature": tx.signature,
            "outer": outer,
            "inner_path": inner_path,
            "data": data,
        },
    )
