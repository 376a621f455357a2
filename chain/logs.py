"""Which instruction said what: a transaction's log lines read with the invoke stack.

Only the runtime's own lines are structure. A program's words (`Program log: `) never are, so a
`msg!` that looks like an invoke line or like base64 changes nothing, and `Program data: ` counts
only while the program itself is on top of the stack.

The stack's movement depends on structural lines and on which programs the transaction calls, and
few such shapes make up all traffic: each is walked once (`_plan`) and then looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from chain.transactions import Transaction

TRUNCATED = "Log truncated"
# Distinct structural lines and shapes remembered; past it the memory starts anew.
MOST_REMEMBERED = 1 << 12


class Emission(NamedTuple):
    """A `Program data: ` line of the program.

    `inner_path`: 0 = the top-level instruction `outer`, n = its n-th inner instruction. `ordinal`
    counts the instruction's emissions. `after` = inner instructions of `outer` begun before it,
    which is its place in execution order.
    """

    outer: int
    inner_path: int
    ordinal: int
    after: int
    base64: str


class Walk(NamedTuple):
    """What the lines told. `returned` is base64 by (outer, inner_path)."""

    emissions: list[Emission]
    returned: dict[tuple[int, int], str]
    truncated: bool
    odd: str | None


class _Step(NamedTuple):
    """A structural line: depth > 0 invokes, 0 ends the program, -1 is where the lines were cut."""

    program: str
    depth: int


# For every top-level instruction its program and those of its inner ones (None: not recorded).
Tree = tuple[tuple[str, tuple[str, ...] | None], ...]
Shape = tuple[_Step | None, ...]

_steps: dict[str, _Step] = {}


class _Spot(NamedTuple):
    """Where a line that is no structure stands while the program is on top of the stack."""

    line: int
    outer: int
    inner_path: int
    after: int


class _Plan(NamedTuple):
    """`loose` = lines that were no structure when the shape was seen, wherever they stand."""

    spots: tuple[_Spot, ...]
    loose: tuple[int, ...]
    truncated: bool
    odd: str | None


def walk(lines: Sequence[str], tree: Tree, program_id: str) -> Walk:
    """Read the lines of a successful transaction; `tree` tells which programs it calls."""
    shape: Shape = tuple(map(_steps.get, lines))
    plan = _plan(shape, tree, program_id)
    # A structural line never seen before hides among the loose ones: learn it, look again.
    if any([_learn(lines[i]) for i in plan.loose]):  # noqa: C419 - learns them all
        return walk(lines, tree, program_id)
    emissions: list[Emission] = []
    returned: dict[tuple[int, int], str] = {}
    counts: dict[tuple[int, int], int] = {}
    for at, outer, path, after in plan.spots:
        line = lines[at]
        if line.startswith("Program data: "):
            ordinal = counts.get((outer, path), 0)
            counts[outer, path] = ordinal + 1
            emissions.append(Emission(outer, path, ordinal, after, line[14:]))
        elif line.startswith("Program return: "):
            returned[outer, path] = line.rpartition(" ")[2]
    return Walk(emissions, returned, plan.truncated, plan.odd)


def call_tree(tx: Transaction) -> Tree:
    """The programs a transaction calls, as the node lists them."""
    keys, inner = tx.keys, tx.inner
    tree: list[tuple[str, tuple[str, ...] | None]] = []
    for i, top in enumerate(tx.instructions):
        listed = inner.get(i)
        below = None if listed is None else tuple([keys[one.program_id_index] for one in listed])
        tree.append((keys[top.program_id_index], below))
    return tuple(tree)


def _learn(line: str) -> bool:
    """Remember a line if it is structure; whether it is."""
    if line.startswith(("Program log: ", "Program data: ", "Program return: ")):
        return False
    if line.endswith(" compute units"):
        return False
    step = _read(line)
    if step is not None:
        if len(_steps) >= MOST_REMEMBERED:
            _steps.clear()
        _steps[line] = step
    return step is not None


def _read(line: str) -> _Step | None:
    """`Program <id> invoke [<depth>]`, `Program <id> success`, `Log truncated`, else None."""
    if line == TRUNCATED:
        return _Step("", -1)
    match line.split(" "):
        case ["Program", program, "success"]:
            return _Step(program, 0)
        case ["Program", program, "invoke", depth] if depth[:1] + depth[-1:] == "[]":
            number = depth[1:-1]
            if number.isascii() and number.isdigit() and 0 < int(number[:4]) < 100:
                return _Step(program, int(number))
    return None


@lru_cache(maxsize=MOST_REMEMBERED)
def _plan(shape: Shape, tree: Tree, program_id: str) -> _Plan:
    stack: list[_Place] = []
    spots: list[_Spot] = []
    loose: list[int] = []
    places = _Places(tree)
    for at, step in enumerate(shape):
        if step is None:
            loose.append(at)
            if stack and stack[-1].program == program_id and stack[-1].inner_path >= 0:
                spots.append(_Spot(at, stack[-1].outer, stack[-1].inner_path, places.begun))
        elif step.depth < 0:
            return _Plan(tuple(spots), tuple(loose), truncated=True, odd=places.odd)
        elif step.depth > 0:
            del stack[step.depth - 1 :]
            stack.append(places.enter(step, len(stack)))
        elif stack:
            places.leave(step, stack.pop())
    return _Plan(tuple(spots), tuple(loose), truncated=False, odd=places.odd)


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

    def enter(self, step: _Step, under: int) -> _Place:
        """The instruction of an invoke line under so many open ones."""
        path = self._path(step, under) if self.odd is None else -1
        if path < 0:
            what = f"no instruction for {step.program} [{step.depth}] under {under} open"
            self.odd = self.odd or what
        return _Place(step.program, self._outer, path)

    def leave(self, step: _Step, top: _Place) -> None:
        """The program on top must be the one that ends."""
        if step.program != top.program:
            self.odd = self.odd or f"{step.program} ends in {top.program}"

    def _path(self, step: _Step, under: int) -> int:
        """0 = top-level, n = inner, -1 = there is none."""
        if step.depth != under + 1:
            return -1
        if step.depth == 1:
            tops = [program for program, _ in self._tree]
            self._outer = _find(tops, self._outer + 1, step.program)
            self.begun = 0
            return 0 if self._outer >= 0 else -1
        listed = self._tree[self._outer][1]
        if listed is None:  # the node recorded none: the lines are all there is
            self.begun += 1
        else:
            self.begun = _find(listed, self.begun, step.program) + 1
        return self.begun or -1


def _find(programs: list[str] | tuple[str, ...], start: int, program: str) -> int:
    try:
        return programs.index(program, start)
    except ValueError:
        return -1
