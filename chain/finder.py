"""Finds a transaction's events: in log lines, in self-CPIs, and by derivation where logs are cut."""

from __future__ import annotations

import binascii
from typing import Any

from msgspec import Struct

from chain.calls import Calls, Place
from chain.codec import CodecError
from chain.derive import derive
from chain.logs import Spot, Walk
from chain.program.interface import Program
from chain.rows import CUT, LOST, MISMATCH, PARTIAL, Anomaly
from chain.transactions import Transaction


class Found(Struct, frozen=True, gc=False):
    """An event on its way to a row.

    `order` sorts by execution; `parent` is the call that emitted it. One that could not be read
    has no name: it gets no row, but keeps its position.
    """

    order: tuple[int, int, int]
    place: Place
    kind: str
    ordinal: int
    parent: Place
    name: str
    args: dict[str, Any]
    mirrored: bool = False


def find_events(tx: Transaction, program: Program, calls: Calls, walked: Walk) -> list[Found]:
    """Every event of a successful transaction, in execution order.

    What cannot be read joins the calls' anomalies.
    """
    incomplete = tx.logs is None or walked.truncated or walked.odd is not None
    finder = _Finder(tx, program, calls)
    found = [finder.logged(spot, text) for spot, text in walked.emissions]
    if not calls.events and not incomplete:
        return found
    found += finder.sent(found)
    if incomplete:
        found += finder.rebuilt(found, walked)
    return sorted(found, key=lambda event: event.order)


class _Finder:
    """Reads events one by one and reports what it cannot read."""

    __slots__ = ("_calls", "_decode", "_lines", "_seen", "_tx")

    def __init__(self, tx: Transaction, program: Program, calls: Calls) -> None:
        self._tx = tx
        self._decode = program.codec.read_event
        self._calls = calls
        self._lines: list[tuple[int, bytes]] = []  # payloads of the log, to find repeats of
        self._seen: set[Place] = set()  # calls whose event is accounted for, readable or not

    def logged(self, spot: Spot, text: str) -> Found:
        """The event of a log line, whose base64 is `text`."""
        place, ordinal, order = spot.place, spot.ordinal, spot.order
        self._seen.add(place)
        try:
            data = binascii.a2b_base64(text, strict_mode=True)
            name, args = self._decode(data)
        except (CodecError, binascii.Error) as error:
            self._unreadable(error, place, "log", ordinal, {"base64": text})
            return Found(order, place, "log", ordinal, place, "", {})
        if self._calls.events:
            self._lines.append((place[0], data))
        return Found(order, place, "log", ordinal, place, name, args)

    def sent(self, logged: list[Found]) -> list[Found]:
        """Events by self-CPI, each told apart from a log event that it repeats."""
        names = {(event.parent, event.name) for event in logged}
        found = []
        for outer, path, parent, data in self._calls.events:
            place, order = (outer, path), (outer, path, 0)
            self._seen.add(parent)
            try:
                name, args = self._decode(data)
            except CodecError as error:
                self._unreadable(error, place, "cpi", 0, {"hex": data.hex()})
                found.append(Found(order, place, "cpi", 0, parent, "", {}))
                continue
            mirrored = (outer, data) in self._lines
            if mirrored:
                self._lines.remove((outer, data))
            elif (parent, name) in names:
                mirrored = True  # two words on one act: the log's counts, and somebody looks
                self._report(MISMATCH, place, f"{name}: log and self-CPI differ", {"args": args})
            found.append(Found(order, place, "cpi", 0, parent, name, args, mirrored))
        return found

    def rebuilt(self, found: list[Found], walked: Walk) -> list[Found]:
        """Events of calls that neither log nor self-CPI tells, as far as they can be derived."""
        calls = self._calls.by_place
        made, lost = [], 0
        for place, call in calls.items():
            if place in self._seen:
                continue
            derived = derive(self._tx, call, alone=len(calls) == 1)
            if derived is None:
                lost += 1
                self._report(LOST, place, f"the event of {call.name}", {"args": call.args})
                continue
            name, args, missing = derived
            if missing:
                self._report(PARTIAL, place, f"{name} without {', '.join(missing)}", {"args": args})
            made.append(Found((*place, 2), place, "derived", 0, place, name, args))
        self._calls.anomalies.append(self._cut(walked, len(found), len(made), lost))
        return made

    def _cut(self, walked: Walk, told: int, derived: int, lost: int) -> Anomaly:
        cause = "log truncated" if walked.truncated else walked.odd or "no log recorded"
        return Anomaly(
            CUT,
            self._tx.signature,
            f"{cause}: {told} events told, {derived} derived, {lost} lost",
            {"slot": self._tx.slot, "signature": self._tx.signature, "lost": lost},
        )

    def _unreadable(
        self, error: Exception, place: Place, kind: str, ordinal: int, payload: dict[str, Any]
    ) -> None:
        reason = type(error).__name__ if isinstance(error, CodecError) else "InvalidValue"
        self._report(reason, place, str(error), {"kind": kind, **payload}, ordinal)

    def _report(
        self, reason: str, place: Place, detail: str, payload: dict[str, Any], ordinal: int = 0
    ) -> None:
        outer, path = place
        where = {"outer": outer, "inner_path": path, "ordinal": ordinal}
        signature = self._tx.signature
        self._calls.anomalies.append(
            Anomaly(
                reason,
                f"{signature}:{outer}.{path}.{ordinal}",
                detail,
                {"slot": self._tx.slot, "signature": signature, **where, **payload},
            )
        )
