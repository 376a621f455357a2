"""Who may import whom: the rooms' order, checked over the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Room -> what of ours it may import (itself is always allowed).
MAY_IMPORT = {
    "oddsline": set(),
    "chain": {"oddsline"},
    "ingestion": {"oddsline", "chain"},
    "votes": {"oddsline", "chain"},
    "checks": {"oddsline", "chain"},
    "orchestration": {"oddsline", "chain", "ingestion", "votes", "checks"},
    "api": {"oddsline", "chain", "votes"},
}
#: Heavy libraries and the only room that may import them.
ONLY_IN = {
    "great_expectations": {"checks"},
    "dagster": {"orchestration"},
    "dagster_dbt": {"orchestration"},
    "fastapi": {"api"},
}


def folder(room: str) -> Path:
    """Where a room lies; the ground floor is one level deeper."""
    return ROOT / "src" / room if room == "oddsline" else ROOT / room


def modules(room: str) -> Iterator[Path]:
    """Every Python file of a room."""
    return folder(room).rglob("*.py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and top-level name of every absolute import of a file, lazy ones included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.split(".")[0]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_lies_below_it(room):
    """No import points up or sideways, not even a lazy one."""
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[room] - {room} | {"tests", "benchmarks"}

    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(room)
        for line, name in imported(path)
        if name in forbidden
    ]

    assert wrong == []


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_heavy_library_stays_in_its_room(library):
    """Seconds of import time must not leak into processes that do not need them."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in set(MAY_IMPORT) - ONLY_IN[library]
        for path in modules(room)
        for line, name in imported(path)
        if name == library
    ]

    assert wrong == []


def test_the_rule_sees_every_room():
    """A new top-level package must be given its place here."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert packages | {"oddsline"} == set(MAY_IMPORT)
    assert all(any(modules(room)) for room in MAY_IMPORT)


def test_no_file_has_more_than_250_lines():
    """A room that outgrows a screen or four is divided."""
    long = {
        str(path.relative_to(ROOT)): count
        for room in MAY_IMPORT
        for path in modules(room)
        if (count := len(path.read_text().splitlines())) > 250
    }

    assert long == {}


def test_no_function_has_more_than_40_lines():
    """From `def` to its last line, the docstring not counted."""
    long = []
    for room in MAY_IMPORT:
        for path in modules(room):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = _body_lines(node)
                    # A suite of checks is one list of rules: data that a cut would not clarify.
                    if length > 40 and path.parent.name != "suites":
                        long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {length}")

    assert long == []


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first, *_ = node.body
    docstring = _lines(first) if ast.get_docstring(node) else 0
    return _lines(node) - docstring


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
