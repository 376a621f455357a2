"""`oddsline …` as an operator calls it: a process of its own that finds the line by its folder."""

import os
import subprocess
import sys

from oddsline.line import Line


def oddsline(line: Line, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that knows nothing but the line's folder and what it is told."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("ODDSLINE_")}
    return subprocess.run(
        [sys.executable, "-m", "oddsline.cli", *arguments],
        env={**outer, "ODDSLINE_HOME": str(line.config.home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
