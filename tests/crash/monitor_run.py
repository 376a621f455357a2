"""The monitor's run as Dagster's launcher has it, a process of its own: to be killed at any moment."""

import os
import sys
from collections.abc import Mapping
from typing import Any

import dagster as dg

from orchestration.monitor.definitions import advance_due_markets


def main(env: Mapping[str, str], config: Mapping[str, Any]) -> None:
    """Advance the configured markets on this environment's line; the exit code says how it went."""
    os.environ.update(env)
    with dg.DagsterInstance.ephemeral() as instance:
        run = advance_due_markets.execute_in_process(
            instance=instance, run_config=dict(config), raise_on_error=False
        )
    sys.exit(0 if run.success else 1)
