"""X3, and `oddsline demo` as a person meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Some fifty steps, each waited for: minutes on a busy machine.
LIMIT_S = 900

pytestmark = [pytest.mark.slow, pytest.mark.timeout(LIMIT_S + 60)]


def test_the_demo_ends_by_itself_without_a_difference(tmp_path: Path):
    """On a machine where no line runs: a private one, 40 trades, exit code 0.

    Its market is followed by the Python client, which loses nothing while the API is killed.
    """
    outer = {name: value for name, value in os.environ.items() if not name.startswith("ODDSLINE_")}
    environment = {**outer, "ODDSLINE_HOME": str(tmp_path), "ODDSLINE_API_PORT": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "oddsline.cli", "demo"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "approved by the count" in done.stdout
    assert "DIFFERENT" not in done.stdout
    assert "trade 40 of 40" in done.stdout
    assert "finalized by the monitor" in done.stdout
    assert "the API was killed" in done.stdout
    assert "40 trades, each once and in order" in done.stdout
    assert "confirmation to client: p50" in done.stdout
    assert "no difference" in done.stdout
