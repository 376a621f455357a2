"""The fold against a rebuild on a schedule: a sample every ten minutes, all of it once a day.

Each result is kept and alerts as a suite's does; no library of expectations has this comparison.
"""

import asyncio
import time

import dagster as dg

from checks.record import record
from checks.suite import Rule, Verdict
from ingestion.fold import audit
from oddsline import postgres
from orchestration.resources import Line
from orchestration.shown import runbook

MARKETS = dg.AssetKey(["marts", "markets"])
TEN_MINUTES = 600


async def _sample(url: str) -> audit.Audit:
    connection = await postgres.connect(url, name="audit")
    try:
        return await audit.sample(connection, int(time.time()) // TEN_MINUTES)
    finally:
        await connection.close()


async def _in_full(url: str) -> audit.Audit:
    connection = await postgres.connect(url, name="audit")
    try:
        return await audit.in_full(connection)
    finally:
        await connection.close()


def result(found: audit.Audit) -> dg.AssetCheckResult:
    """Exact counts, and a few of the rows that differ."""
    differing = {
        count.model: {
            "rows": count.rows,
            "rebuilt": count.rebuilt,
            "only in the rebuild": list(count.missing),
            "only in the mart": list(count.surplus),
        }
        for count in found.different
    }
    return dg.AssetCheckResult(
        passed=found.passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "markets compared": found.markets,
            "rows compared": found.rows,
            "markets sealed": found.sealed,
            "sealed markets altered": dg.MetadataValue.json(list(found.broken)),
            "differing marts": dg.MetadataValue.json(differing),
        },
    )


def kept(suite: str, rule: Rule, found: audit.Audit, line: Line, run: str) -> dg.AssetCheckResult:
    """The result, after `ops.check_results` and `ops.alerts` have it."""
    shown = result(found)
    observed = {name: value.value for name, value in (shown.metadata or {}).items()}
    with line.database() as connection:
        record(connection, [Verdict(suite, rule, shown.passed, observed)], run)
    return shown


SAMPLED = Rule(
    "fold_equals_rebuild",
    "rebuild",
    {},
    "The markets whose turn it is, in every live mart, against a rebuild from raw.",
)
IN_FULL = Rule(
    "fold_equals_rebuild",
    "rebuild",
    {},
    "Every market against a rebuild from raw, sealed ones against their seal.",
)


@dg.asset_check(
    asset=MARKETS,
    name="fold_equals_rebuild__sample",
    description=SAMPLED.why,
    metadata=runbook("check-failed"),
)
def sampled(context: dg.AssetCheckExecutionContext, line: Line) -> dg.AssetCheckResult:
    return kept("audit_sample", SAMPLED, asyncio.run(_sample(line.url)), line, context.run.run_id)


@dg.asset_check(
    asset=MARKETS,
    name="fold_equals_rebuild__in_full",
    description=IN_FULL.why,
    metadata=runbook("check-failed"),
)
def compared_in_full(context: dg.AssetCheckExecutionContext, line: Line) -> dg.AssetCheckResult:
    return kept("audit_in_full", IN_FULL, asyncio.run(_in_full(line.url)), line, context.run.run_id)


def definitions() -> dg.Definitions:
    """Both checks, each with its job and schedule."""
    jobs = {
        "audit_sample": (sampled, "3-59/10 * * * *"),  # after a build, before the suites
        "audit_in_full": (compared_in_full, "23 3 * * *"),
    }
    scheduled = [
        dg.ScheduleDefinition(
            name=f"{name}_schedule",
            job=dg.define_asset_job(name, selection=dg.AssetSelection.checks(check)),
            cron_schedule=cron,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
        for name, (check, cron) in jobs.items()
    ]
    return dg.Definitions(
        asset_checks=[sampled, compared_in_full],
        jobs=[schedule.job for schedule in scheduled],
        schedules=scheduled,
    )
