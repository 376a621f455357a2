"""The slim code location: what must be quick. It imports neither dbt nor Great Expectations."""

import dagster as dg

from orchestration import failures, shown
from orchestration.dead_letters import definitions as dead_letters
from orchestration.delivery import definitions as delivery
from orchestration.monitor import definitions as monitor
from orchestration.voting import definitions as voting
from orchestration.watch import definitions as watch
from orchestration.webhook import definitions as webhook


@dg.definitions
def defs() -> dg.Definitions:
    """Monitor, votes, dead letters and alerts; each module builds its own part."""
    merged = dg.Definitions.merge(
        monitor.definitions(),
        dead_letters.definitions(),
        voting.definitions(),
        watch.definitions(),
        delivery.definitions(),
        webhook.definitions(),
        failures.definitions(),
        dg.Definitions(executor=dg.in_process_executor),
    )
    return shown.complete(merged)
