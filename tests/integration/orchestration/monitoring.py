"""The monitor's sensor and job, as a test asks for them."""

import dagster as dg

from orchestration.monitor.definitions import advance_due_markets, due_markets


def tick(instance, cursor=None):
    """One look of the sensor."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    return due_markets(context)


def launch(instance, request):
    """Run what the sensor asked for."""
    return advance_due_markets.execute_in_process(
        instance=instance, run_config=request.run_config, raise_on_error=False
    )


def outcomes(run):
    """The per-market results in a run's metadata, by market."""
    for event in run.all_events:
        data = event.event_specific_data
        metadata = getattr(data, "metadata", None) or getattr(
            getattr(data, "user_failure_data", None), "metadata", None
        )
        if metadata and "outcomes" in metadata:
            found = {r.data["market_id"]: r.data for r in metadata["outcomes"].records}
    return found
