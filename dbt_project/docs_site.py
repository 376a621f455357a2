# ruff: noqa: INP001 (a script of a folder that is otherwise SQL)
"""`make docs`: what the tables mean, by dbt, and what their checks say, by Great Expectations.

dbt's page is made from a line's template database. The checks are judged on the line that runs
here; where none does, on an empty one.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
import typer

from oddsline import blocking, marts
from oddsline.line import Line

SITE = Path("docs/site")


def models(line: Line) -> Path:
    """The documentation of dbt's models as one static page."""
    page = SITE / "index.html"
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch)
        marts.build(line.database_url, target=target, arguments=("docs", "generate", "--static"))
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes((target / "static_index.html").read_bytes())
    return page


def checks(line: Line) -> None:
    """The suites' Data Docs, by the command that an operator has for it."""
    command = ("-m", "oddsline.cli", "checks", "docs", "--into", str(SITE / "checks"))
    subprocess.run([sys.executable, *command], env=line.env, check=True)


def running() -> Line | None:
    """The line that runs here, if one does."""
    line = Line.running()
    try:
        with blocking.session(line.database_url, name="docs"):
            return line
    except (LookupError, psycopg2.OperationalError):
        return None


if __name__ == "__main__":
    with Line.private(("postgres", "valkey", "chain")) as private:
        typer.echo(models(private))
        checks(running() or private)
