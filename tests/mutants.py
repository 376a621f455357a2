"""`make mutants`: does a test notice when the code is wrong?

Each mutant is one small change to the codec, the fold's merges or the keeper, made in a copy of the
tree; the tests named beside it must fail there. Outside the suite, since each of the fold's needs
its marts built anew. Exit 0: every mutant was noticed; 1: some lived, and they are named.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import track

ROOT = Path(__file__).parents[1]
LEFT_OUT = (
    ".git",
    ".venv",
    ".cache",
    ".oddsline",
    ".*_cache",
    ".hypothesis",
    "__pycache__",
    "target",
)


class Mutant(NamedTuple):
    """`before` stands once in the file and becomes `after`; `tests` are to fail then."""

    file: str
    before: str
    after: str
    tests: str


CODEC, KEEPER = "tests/unit/chain/codec", "tests/unit/chain/keeper"
MEANING = "tests/integration/ingestion/fold/test_meaning.py"
REVISED = "tests/integration/ingestion/fold/test_revisions.py"
STORE = "tests/integration/chain/keeper/test_store.py"
MERGES, REVISE = "dbt_project/macros/live/merges.sql", "dbt_project/macros/live/revise.sql"

MUTANTS = [
    Mutant("chain/codec/primitives.py", 'Struct("<I")', 'Struct(">I")', CODEC),
    Mutant("chain/codec/primitives.py", "return bytes(Pubkey", "return bytes(32) or bytes(Pubkey", CODEC),
    Mutant("chain/codec/program.py", "if end != len(data) and", "if end < len(data) - 1 and", CODEC),
    Mutant("chain/codec/program.py", "layout.least <= length and", "layout.least < length and", CODEC),
    Mutant("chain/codec/program.py", "for key in merged}, reverse=True)", "for key in merged})", CODEC),
    Mutant(MERGES, "{{ old }} + {{ new }}", "{{ new }}", MEANING),
    Mutant(MERGES, "greatest({{ old }}, {{ new }})\n    {%- elif column.merge == 'min'",
           "least({{ old }}, {{ new }})\n    {%- elif column.merge == 'min'", MEANING),
    Mutant(MERGES, "'>' if column.merge == 'last' else '<'", "'<' if column.merge == 'last' else '>'", MEANING),
    Mutant(REVISE, "' = t.' ~ c ~ ' - j.' ~ c)", "' = t.' ~ c ~ ' + j.' ~ c)", REVISED),
    Mutant(REVISE, "(taken.{{ c }} = t.{{ c }} and kept.{{ c }} is distinct from t.{{ c }})", "false", REVISED),
    Mutant("chain/keeper/expiry.py", "finalized.block_height <= signed.last", "finalized.block_height < signed.last", KEEPER),
    Mutant("chain/keeper/expiry.py", "if any(found for", "if all(found for", KEEPER),
    Mutant("chain/keeper/expiry.py", "slot < finalized.absolute_slot", "slot > finalized.absolute_slot", KEEPER),
    Mutant("chain/keeper/actions.py", '"approve_proposal": "admin"', '"approve_proposal": "backend"', KEEPER),
    Mutant("chain/keeper/finality.py", "behind or _shows(intent, now)", "_shows(intent, now)", KEEPER),
    Mutant("chain/keeper/states.py", "Stage.DEAD: frozenset({Stage.OPEN})", "Stage.DEAD: frozenset(Stage)", KEEPER),
    Mutant("chain/keeper/states.py", "Stage.LEASED: frozenset({Stage.SENT, ", "Stage.LEASED: frozenset({", STORE),
    Mutant("chain/keeper/sql/claim.sql", "fence = intent.fence + 1", "fence = intent.fence", STORE),
]  # fmt: skip


def altered(mutant: Mutant, root: Path = ROOT) -> str:
    """The file's text with the change in it.

    Raises:
        ValueError: what is to be changed does not stand there exactly once.
    """
    text = (root / mutant.file).read_text(encoding="utf-8")
    if text.count(mutant.before) != 1:
        raise ValueError(
            f"{mutant.file}: {mutant.before!r} stands there {text.count(mutant.before)} times"
        )
    return text.replace(mutant.before, mutant.after)


def lives(mutant: Mutant, copy: Path) -> bool:
    """Whether its tests pass all the same."""
    path = copy / mutant.file
    whole = path.read_text(encoding="utf-8")
    path.write_text(altered(mutant, copy), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", mutant.tests]
    env = os.environ | {"PYTHONPATH": f"{copy}:{copy / 'src'}"}
    try:
        return (
            subprocess.run(command, cwd=copy, env=env, capture_output=True, check=False).returncode
            == 0
        )
    finally:
        path.write_text(whole, encoding="utf-8")


def main() -> int:
    """Try every mutant; how many were noticed is printed."""
    with tempfile.TemporaryDirectory(prefix="oddsline-mutants-") as folder:
        copy = Path(folder) / "oddsline"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        alive = [one for one in track(MUTANTS, "mutants") if lives(one, copy)]
    out = Console(highlight=False, markup=False, soft_wrap=True)
    out.print(f"{len(MUTANTS) - len(alive)} of {len(MUTANTS)} mutants noticed")
    for one in alive:
        out.print(f"  lives: {one.file}: {one.before!r} -> {one.after!r}, by {one.tests}")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
