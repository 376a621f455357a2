"""The slim code location: what must be quick. It imports neither dbt nor Great Expectations."""

import dagster as dg

from orchestration.resources import Line


@dg.definitions
def defs() -> dg.Definitions:
    """Monitor, votes, dead letters and alerts; each module builds its own part."""
    return dg.Definitions(resources={"line": Line()}, executor=dg.in_process_executor)
