"""Which instruction said what: a transaction's log lines read with the invoke stack.

Only the runtime's own lines are structure. A program's words (`Program log: `) never are, so a
`msg!` that looks like an invoke line or like base64 changes nothing, and `Program data: ` counts
only while the program itself is on top of the stack.

What the lines mean depends on what kind each is and on which programs the transaction calls, and
few such shapes make up all traffic: each is walked once (`_plan`) and then looked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from chain.transactions import Transaction

TRUNCATED = "Log truncated"
# Distinct structural lines and shapes remembered; past it the memory starts anew.
MOST_REMEMBERED = 1 << 12


class Spot(Struct, frozen=True, gc=False):
    """Where the program emits.

    `place` = (outer, inner_path): 0 = the top-level instruction `outer`, n = its n-th inner one.
    `ordinal` counts the instruction's emissions. `order` sorts by execution: outer, its inner
    instructions begun before, 1.
    """

    place: tuple[int, int]
    ordinal: int
    order: tuple[int, int, int]


class Walk(Struct, frozen=True, gc=False):
    """What the lines told, as base64: each `Program data: ` and where; returns by place."""

    emissions: list[tuple[Spot, str]]
    returned: dict[tuple[int, int], str]
    truncated: bool
    odd: str | None


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What a line does to the stack: depth > 0 invokes, 0 ends the program, -1 cuts, None nothing.

    Compared by identity, which is what makes a shape quick to look up.
    """

    program: str
    depth: int | None


_DATA, _RETURN, _WORDS = (_Step(kind, None) for kind in ("data", "return", "words"))
_CUT = _Step("", -1)

# For every top-level instruction its program and those of its inner ones (None: not recorded).
Tree = tuple[tuple[str, tuple[str, ...] | None], ...]
Shape = tuple[_Step, ...]


# Where in a shape's lines the program speaks: (line, spot) of emissions, (line, place) of returns,
# truncated, odd. A named tuple is slower to take apart.
_Plan = tuple[
    tuple[tuple[int, Spot], ...], tuple[tuple[int, tuple[int, int]], ...], bool, str | None
]


def walk(lines: Sequence[str], tree: Tree, program_id: str) -> Walk:
    """Read the lines of a successful transaction; `tree` tells which programs it calls."""
    spots, returns, truncated, odd = _plan(tuple(map(_step_of, lines)), tree, program_id)
    emissions = []
    for at, spot in spots:  # a comprehension is one more call
        emissions.append((spot, lines[at][14:]))
    returned = {}
    for at, place in returns:
        returned[place] = lines[at].rpartition(" ")[2]
    return Walk(emissions, returned, truncated, odd)


def call_tree(tx: Transaction) -> Tree:
    """The programs a transaction calls, as the node lists them."""
    keys, inner = tx.keys, tx.inner
    tree: list[tuple[str, tuple[str, ...] | None]] = []
    for i, top in enumerate(tx.instructions):
        if i not in inner:
            tree.append((keys[top.program_id_index], None))
            continue
        below = []
        for one in inner[i]:
            below.append(keys[one.program_id_index])  # noqa: PERF401 as in walk
        tree.append((keys[top.program_id_index], tuple(below)))
    return tuple(tree)


class _Steps(dict[str, _Step]):
    """What lines do; remembered are those that come again: structure and Anchor's `Instruction:`."""

    def __missing__(self, line: str) -> _Step:
        if line[:14] == "Program data: ":  # a slice is quicker than a call
            return _DATA
        if line[-14:] == " compute units":
            return _WORDS
        if line.startswith("Program return: "):
            return _RETURN
        step = _read(line)
        if step is not _WORDS or line.startswith("Program log: Instruction: "):
            if len(self) >= MOST_REMEMBERED:
                self.clear()
            self[line] = step
        return step


_steps = _Steps()
_step_of = _steps.__getitem__


def _read(line: str) -> _Step:
    """`Program <id> invoke [<depth>]`, `Program <id> success`, `Log truncated`, else words."""
    if line == TRUNCATED:
        return _CUT
    if line.startswith("Program log: "):
        return _WORDS
    match line.split(" "):
        case ["Program", program, "success"]:
            return _Step(program, 0)
        case ["Program", program, "invoke", depth] if depth[:1] + depth[-1:] == "[]":
            number = depth[1:-1]
            if number.isascii() and number.isdigit() and 0 < int(number[:4]) < 100:
                return _Step(program, int(number))
    return _WORDS


@lru_cache(maxsize=MOST_REMEMBERED)
def _plan(shape: Shape, tree: Tree, program_id: str) -> _Plan:
    stack: list[_Place] = []
    emissions: list[tuple[int, Spot]] = []
    returned: list[tuple[int, tuple[int, int]]] = []
    counts: Counter[tuple[int, int]] = Counter()
    places = _Places(tree)
    for at, step in enumerate(shape):
        if step.depth is None:
            if step is _WORDS or not stack:
                continue
            program, outer, path = stack[-1]
            if program != program_id or path < 0:
                continue
            if step is _RETURN:
                returned.append((at, (outer, path)))
            else:
                place = outer, path
                emissions.append((at, Spot(place, counts[place], (outer, places.begun, 1))))
                counts[place] += 1
        elif step.depth < 0:
            return tuple(emissions), tuple(returned), True, places.odd
        elif step.depth > 0:
            del stack[step.depth - 1 :]
            stack.append(places.enter(step.program, step.depth, len(stack)))
        elif stack:
            places.leave(step.program, stack.pop())
    return tuple(emissions), tuple(returned), False, places.odd


class _Place(NamedTuple):
    """An instruction being executed; inner_path -1 = none could be found for its line."""

    program: str
    outer: int
    inner_path: int


class _Places:
    """Finds for each invoke line the instruction it is.

    By program, not by counting: precompiles (ed25519, secp256k1, secp256r1) leave no line. Once
    the lines have stopped making sense nothing after is placed.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._outer = -1
        self.begun = 0
        self.odd: str | None = None

    def enter(self, program: str, depth: int, under: int) -> _Place:
        """The instruction of an invoke line under so many open ones."""
        path = self._path(program, depth, under) if self.odd is None else -1
        if path < 0:
            self.odd = self.odd or f"no instruction for {program} [{depth}] under {under} open"
        return _Place(program, self._outer, path)

    def leave(self, program: str, top: _Place) -> None:
        """The program on top must be the one that ends."""
        if program != top.program:
            self.odd = self.odd or f"{program} ends in {top.program}"

    def _path(self, program: str, depth: int, under: int) -> int:
        """0 = top-level, n = inner, -1 = there is none."""
        if depth != under + 1:
            return -1
        if depth == 1:
            tops = [top for top, _ in self._tree]
            self._outer = _find(tops, self._outer + 1, program)
            self.begun = 0
            return 0 if self._outer >= 0 else -1
        listed = self._tree[self._outer][1]
        if listed is None:  # the node recorded none: the lines are all there is
            self.begun += 1
        else:
            self.begun = _find(listed, self.begun, program) + 1
        return self.begun or -1


def _find(programs: list[str] | tuple[str, ...], start: int, program: str) -> int:
    try:
        return programs.index(program, start)
    except ValueError:
        return -1
