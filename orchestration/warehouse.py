"""dbt's models as Dagster assets, their tests as checks, and the schedule that builds them.

The fold keeps the marts fresh; this build is the auditor: it folds what is left, rebuilds a model
whose SQL changed, and runs every test.
"""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from checks.record import tell
from checks.suite import Rule, Verdict
from oddsline import marts, settings
from orchestration.resources import Line
from orchestration.translator import Translator

POOL = "dbt"  # limit 1 (dagster.yaml): invocations share a target folder
SOURCES = ("*.sql", "*.yml", "*.yaml", "*.csv")


def is_stale(manifest: Path, project: Path) -> bool:
    """Whether dbt must parse again: no manifest yet, or a source file newer than it."""
    if not manifest.exists():
        return True
    made = manifest.stat().st_mtime
    skipped = {"target", "logs"}
    return any(
        path.stat().st_mtime > made
        for pattern in SOURCES
        for path in project.rglob(pattern)
        if not skipped & set(path.relative_to(project).parts)
    )


@cache
def manifest() -> Path:
    """The parsed project, made anew only when its sources changed: a run's worker loads it too."""
    target = settings.home_dir().absolute() / "dbt"
    path = target / "manifest.json"
    if is_stale(path, marts.PROJECT):
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target) as parsed:
            # Parsing asks no database; the URL only fills the profile.
            marts.build(
                "postgresql://nobody@localhost/none", target=Path(parsed), arguments=("parse",)
            )
            (Path(parsed) / "manifest.json").replace(path)
    return path


def dbt_resource() -> DbtCliResource:
    return DbtCliResource(
        project_dir=str(marts.PROJECT),
        profiles_dir=str(marts.PROJECT),
        # The environment's own, whether or not it is activated.
        dbt_executable=str(Path(sys.executable).with_name("dbt")),
    )


def models() -> dg.AssetsDefinition:
    """Every model of dbt_project/, built by one invocation."""

    @dbt_assets(
        manifest=manifest(), dagster_dbt_translator=Translator(), name="dbt_build", pool=POOL
    )
    def dbt_build(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, line: Line
    ) -> Iterator[Any]:
        os.environ.update(marts.environment(line.url))
        target = settings.home_dir().absolute() / "dbt" / "target"
        yield from telling(dbt.cli(["build"], context=context, target_path=target).stream(), line)

    return dbt_build


def telling(events: Iterable[Any], line: Line) -> Iterator[Any]:
    """The same events; what tests found is told as alerts, also where the build then fails."""
    found: list[Verdict] = []
    try:
        for event in events:
            if isinstance(event, dg.AssetCheckResult):
                found.append(verdict(event))
            yield event
    finally:
        with line.database() as connection:
            for one in found:
                tell(connection, one)


def verdict(found: dg.AssetCheckResult) -> Verdict:
    """A dbt test's result as a suite's, so that it alerts as one; Dagster keeps its history."""
    name = str(found.check_name)
    critical = found.severity == dg.AssetCheckSeverity.ERROR
    rule = Rule(
        name,
        "dbt test",
        {},
        f"a test of {found.asset_key and found.asset_key.path[-1]} does not pass.",
        "critical" if critical else "warning",
    )
    rows = (found.metadata or {}).get("dagster_dbt/failed_row_count")
    return Verdict("dbt", rule, found.passed, {"rows": rows.value if rows else None})


def definitions() -> dg.Definitions:
    built = models()
    job = dg.define_asset_job("build_marts", selection=dg.AssetSelection.assets(built))
    schedule = dg.ScheduleDefinition(
        name="build_marts_every_ten_minutes",
        job=job,
        cron_schedule="*/10 * * * *",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(
        assets=[built], jobs=[job], schedules=[schedule], resources={"dbt": dbt_resource()}
    )
