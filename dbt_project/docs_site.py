# ruff: noqa: INP001 (a script of a folder that is otherwise SQL)
"""`make docs`: dbt's documentation as one static page, from a line's template database."""

import tempfile
from pathlib import Path

from oddsline import marts
from oddsline.line import Line

if __name__ == "__main__":
    with Line.private(("postgres", "valkey")) as line, tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch)
        marts.build(line.database_url, target=target, arguments=("docs", "generate", "--static"))
        page = Path("docs/site/index.html")
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes((target / "static_index.html").read_bytes())
        print(page)  # noqa: T201 what the command leaves
