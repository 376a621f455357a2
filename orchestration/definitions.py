"""The code location of everything that may take its time: models, quality, retention."""

import dagster as dg

from orchestration import accounts, audits, processes, quality, retention, shown, warehouse
from orchestration.resources import Line


@dg.definitions
def defs() -> dg.Definitions:
    """Everything this location has; each module builds its own part."""
    merged = dg.Definitions.merge(
        warehouse.definitions(),
        audits.definitions(),
        accounts.definitions(),
        processes.definitions(),
        quality.definitions(),
        retention.definitions(),
        # A process per step would cost seven seconds of start-up for each.
        dg.Definitions(resources={"line": Line()}, executor=dg.in_process_executor),
    )
    return shown.complete(merged)
