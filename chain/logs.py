"""Which instruction said what: a transaction's log lines read with the invoke stack.

Only the runtime's own lines are structure. A program's words (`Program log: `) never are, so a
`msg!` that looks like an invoke line or like base64 changes nothing, and `Program data: ` counts
only while the program itself is on top of the stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from chain.transactions import Transaction
from chain.wire import Instruction

TRUNCATED = "Log truncated"


class Emission(NamedTuple):
    """A `Program data: ` line of the program.

    `inner_path`: 0 = the top-level instruction `outer`, n = its n-th inner instruction. `ordinal`
    counts the instruction's emissions. `after` = inner instructions of `outer` begun before it,
    which is its place in execution order. `returned` comes later, when the instruction ends.
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


class _Invoke(NamedTuple):
    program: str
    depth: int
    success: str  # the line that will end it


class _Frame:
    """An instruction being executed, as far as the lines go."""

    __slots__ = ("count", "inner_path", "ours", "outer", "success")

    def __init__(self, success: str, outer: int, inner_path: int, *, ours: bool) -> None:
        self.success = success
        self.outer = outer
        self.inner_path = inner_path
        self.ours = ours
        self.count = 0


@lru_cache(maxsize=1 << 12)
def _invoke(line: str) -> _Invoke | None:
    """`Program <id> invoke [<depth>]`, else None."""
    words = line.split(" ")
    if len(words) != 4 or words[0] != "Program" or words[2] != "invoke":
        return None
    depth = words[3][1:-1]
    if not (depth.isascii() and depth.isdigit() and len(depth) < 4 and words[3][0] == "["):
        return None
    return _Invoke(words[1], int(depth), f"Program {words[1]} success")


def walk(tx: Transaction, program_id: str) -> Walk:
    """Read the lines of a successful transaction."""
    emissions: list[Emission] = []
    returned: dict[tuple[int, int], str] = {}
    stack: list[_Frame] = []
    places = _Places(tx)
    truncated = False
    top: _Frame | None = None
    for line in tx.logs or ():
        if line.startswith("Program log: "):
            continue
        if line.startswith("Program data: "):
            if top is not None and top.ours:
                emissions.append(
                    Emission(top.outer, top.inner_path, top.count, places.begun, line[14:])
                )
                top.count += 1
        elif top is not None and line == top.success:
            stack.pop()
            top = stack[-1] if stack else None
        elif line[-1:] == "]" and (invoke := _invoke(line)) is not None:
            del stack[invoke.depth - 1 :]
            top = places.enter(invoke, len(stack), ours=invoke.program == program_id)
            stack.append(top)
        elif line.startswith("Program return: ") and top is not None and top.ours:
            returned[top.outer, top.inner_path] = line.rpartition(" ")[2]
        elif line == TRUNCATED:
            truncated = True
            break
    return Walk(emissions, returned, truncated, places.odd)


class _Places:
    """Finds for each invoke line the instruction it is.

    By program, not by counting: precompiles (ed25519, secp256k1, secp256r1) leave no line.
    """

    __slots__ = ("_inner", "_keys", "_outer", "_top", "begun", "odd")

    def __init__(self, tx: Transaction) -> None:
        self._keys = tx.keys
        self._top = tx.instructions
        self._inner = tx.inner
        self._outer = -1
        self.begun = 0
        self.odd: str | None = None

    def enter(self, invoke: _Invoke, under: int, *, ours: bool) -> _Frame:
        """The frame of a line at depth `under` + 1; never `ours` where it cannot be placed."""
        if self.odd is None:
            path = self._path(invoke, under)
            if path >= 0:
                return _Frame(invoke.success, self._outer, path, ours=ours)
            self.odd = f"no instruction for {invoke.program} [{invoke.depth}] under {under} frames"
        return _Frame(invoke.success, self._outer, 0, ours=False)

    def _path(self, invoke: _Invoke, under: int) -> int:
        """0 = top-level, n = inner, -1 = the lines make no sense: nothing after is placed."""
        program, depth, _ = invoke
        if depth != under + 1:
            return -1
        if depth == 1:
            self._outer = _find(self._top, self._outer + 1, program, self._keys)
            self.begun = 0
            return 0 if self._outer >= 0 else -1
        listed = self._inner.get(self._outer)
        if listed is None:  # the node recorded none: the lines are all there is
            self.begun += 1
        else:
            self.begun = _find(listed, self.begun, program, self._keys) + 1
        return self.begun or -1


def _find(
    instructions: Sequence[Instruction], start: int, program: str, keys: tuple[str, ...]
) -> int:
    for i in range(start, len(instructions)):
        if keys[instructions[i].program_id_index] == program:
            return i
    return -1
