"""Arithmetic of slot ranges; pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple


class Range(NamedTuple):
    """Slots from `low` to `high`, both included."""

    low: int
    high: int


class Piece(NamedTuple):
    """A range with one standing: closed, or open for a reason."""

    low: int
    high: int
    reason: str | None  # None = closed


def uncovered(whole: Range, closed: Iterable[Range]) -> list[Range]:
    """What of `whole` no closed range covers, in order; `closed` is sorted and disjoint."""
    left: list[Range] = []
    low = whole.low
    for done in closed:
        if done.low > low:
            left.append(Range(low, min(done.low - 1, whole.high)))
        low = max(low, done.high + 1)
        if low > whole.high:
            return left
    if low <= whole.high:
        left.append(Range(low, whole.high))
    return left


def pieces(whole: Range, problems: Mapping[int, str]) -> list[Piece]:
    """Cut a range so that only slots with a problem stay open."""
    cut: list[Piece] = []
    low = whole.low
    for slot in sorted(problems):
        if slot > low:
            cut.append(Piece(low, slot - 1, None))
        cut.append(Piece(slot, slot, problems[slot]))
        low = slot + 1
    if low <= whole.high:
        cut.append(Piece(low, whole.high, None))
    return cut


def without(ranges: Iterable[Range], hole: Range) -> Iterator[Range]:
    """What is left of ranges when `hole` is taken out."""
    for low, high in ranges:
        if low < hole.low:
            yield Range(low, min(high, hole.low - 1))
        if high > hole.high:
            yield Range(max(low, hole.high + 1), high)
