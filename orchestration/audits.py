"""The fold against a rebuild on a schedule: a sample every ten minutes, all of it once a day."""

import asyncio
import time

import dagster as dg

from ingestion.fold import audit
from oddsline import postgres
from orchestration.resources import Line

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


@dg.asset_check(
    asset=MARKETS,
    name="fold_equals_rebuild__sample",
    description="The markets whose turn it is, in every live mart, against a rebuild from raw.",
)
def sampled(line: Line) -> dg.AssetCheckResult:
    return result(asyncio.run(_sample(line.url)))


@dg.asset_check(
    asset=MARKETS,
    name="fold_equals_rebuild__in_full",
    description="Every market against a rebuild from raw, sealed ones against their seal.",
)
def compared_in_full(line: Line) -> dg.AssetCheckResult:
    return result(asyncio.run(_in_full(line.url)))


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
