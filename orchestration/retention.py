"""Forgets what is old: Dagster keeps every run, event and log for ever by itself.

Ticks are purged by the instance (`retention` in dagster.yaml); this is for the rest.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from oddsline import blocking
from orchestration import settings
from orchestration.resources import Line
from orchestration.settings import OrchestrationSettings

SQL = Path(__file__).with_name("sql")
AT_ONCE = 500  # runs that one query names
FAILED = [dg.DagsterRunStatus.FAILURE]
ENDED_WELL = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED]


def purge_runs(instance: dg.DagsterInstance, known: OrchestrationSettings, now: datetime) -> int:
    """Delete ended runs with their events, compute logs and outputs; returns how many.

    Failed runs stay for ``retention_failed_days``, all others for ``retention_days``.
    """
    purged = 0
    for statuses, days in (
        (ENDED_WELL, known.retention_days),
        (FAILED, known.retention_failed_days),
    ):
        old = dg.RunsFilter(statuses=statuses, updated_before=now - timedelta(days=days))
        while found := instance.get_run_records(old, limit=AT_ONCE, ascending=True):
            for record in found:
                _forget(instance, record.dagster_run.run_id)
            purged += len(found)
    return purged


def _forget(instance: dg.DagsterInstance, run_id: str) -> None:
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)
    shutil.rmtree(Path(instance.storage_directory()) / run_id, ignore_errors=True)


def purge_rows(connection: blocking.Connection, known: OrchestrationSettings) -> dict[str, int]:
    """Delete old rows that belong to no run; returns how many by kind."""
    days = {
        "unrun_events": known.retention_days,
        "check_executions": known.retention_failed_days,
        "check_results": known.retention_failed_days,
    }
    return {
        name: len(
            blocking.rows(connection, blocking.read_sql(SQL, f"purge_{name}"), {"days": kept})
        )
        for name, kept in days.items()
    }


@dg.op
def forget_what_is_old(context: dg.OpExecutionContext, line: Line) -> None:
    """Purge runs first, since a run's deletion takes its events along."""
    known = settings.load()
    runs = purge_runs(context.instance, known, datetime.now(UTC))
    with line.database() as connection:
        rows = purge_rows(connection, known)
    context.add_output_metadata({"runs": runs, **rows})


@dg.job(description="Deletes old runs, events, compute logs and check results.")
def retention() -> None:
    forget_what_is_old()


def definitions() -> dg.Definitions:
    """The job, nightly, after the audit in full."""
    nightly = dg.ScheduleDefinition(
        job=retention,
        cron_schedule="41 4 * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(jobs=[retention], schedules=[nightly])
