"""The slim code location: every run of the monitor's begins by importing it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SLOW = ("dbt", "great_expectations", "redis", "ingestion.backfill", "chain.transactions")


def test_what_only_some_runs_need_is_not_imported_by_all():
    """Neither dbt nor the checks' library, nor Redis, the ledger and the decoder."""
    code = f"import sys, orchestration.live; print([n for n in {SLOW} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
