"""Failed runs: one alert a job, and one error report a failure, by its cause.

Dagster wraps what a step raised and logs it more than once; the run's own record has it whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg

from oddsline import alerts, blocking, errors
from oddsline.scrub import scrub_text
from orchestration import settings

RULE = "runs_fail"
SAMPLE = 5


@dataclass(frozen=True)
class Cause:
    """Why a step failed: the innermost error, as its own class names it."""

    step: str
    kind: str
    message: str
    stack: str

    def __str__(self) -> str:
        return scrub_text(f"{self.step}: {self.kind}: {self.message}")


def causes(events: Iterable[dg.DagsterEvent]) -> list[Cause]:
    """The cause of each failed step."""
    found = []
    for event in events:
        error = event.step_failure_data.error
        while error and error.cause:
            error = error.cause
        kind = (error and error.cls_name) or "Error"
        # Dagster's message repeats the class before the text.
        message = error.message.strip().removeprefix(f"{kind}: ") if error else "no error is known"
        stack = "".join(error.stack) if error else ""
        found.append(Cause(event.step_key or "", kind, message, stack))
    return found


def as_alert(job: str, run_id: str, found: list[Cause], said: str) -> alerts.Alert:
    """The alert of a failed run; ``said`` is Dagster's word where no step failed (a lost worker)."""
    why = str(found[0]) if found else said
    return alerts.Alert(
        rule=RULE,
        subject=job,
        severity="critical",
        summary=f"{job} failed: {why}"[:500],
        details={
            "run_id": run_id,
            "failed_steps": len(found),
            "sample": [str(one)[:300] for one in found[:SAMPLE]],
        },
    )


@dg.run_failure_sensor(
    name="run_failed",
    monitor_all_code_locations=True,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=10,
    description="Fires an alert for a failed run and reports each failed step's cause once.",
)
def run_failed(context: dg.RunFailureSensorContext) -> None:
    """Alert and report, once for each failed run."""
    run = context.dagster_run
    found = causes(context.get_step_failure_events())
    said = (context.failure_event.message or "").strip()
    known = settings.load()
    with blocking.session(known.database_url, name="failures") as connection:
        alerts.fire(connection, as_alert(run.job_name, run.run_id, found, said))
    if errors.init(known, "dagster"):
        for one in found or [Cause("", "RunFailure", said, "")]:
            errors.report(
                one.kind, one.message, one.stack, job=run.job_name, step=one.step, run_id=run.run_id
            )
        errors.flush()


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    name="run_recovered",
    monitor_all_code_locations=True,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=10,
    description="Resolves a failed job's alert once it runs well again.",
)
def run_recovered(context: dg.RunStatusSensorContext) -> None:
    """The job's newest run is a good one."""
    with blocking.session(settings.load().database_url, name="failures") as connection:
        alerts.resolve(connection, RULE, context.dagster_run.job_name)


def definitions() -> dg.Definitions:
    return dg.Definitions(sensors=[run_failed, run_recovered])
