"""Great Expectations' suites as asset checks.

Only naming them is done here: GX is imported by `checks.engine` when a suite runs.
"""

from collections.abc import Iterator

import dagster as dg

from checks.engine import judge
from checks.record import record
from checks.suite import Rule, Suite, Verdict
from checks.suites import all_suites
from orchestration.resources import Line


def severity(rule: Rule) -> dg.AssetCheckSeverity:
    """Dagster knows two severities: what is critical is an error, the rest a warning."""
    critical = rule.severity == "critical"
    return dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN


def spec(suite: Suite, rule: Rule) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        name=f"{suite.name}__{rule.name}",
        asset=dg.AssetKey(list(suite.asset)),
        description=rule.why,
        metadata={"suite": suite.name, "expectation": rule.expects},
    )


def result(suite: Suite, verdict: Verdict) -> dg.AssetCheckResult:
    """A verdict as Dagster shows it: exact counts, and a sample that is capped."""
    return dg.AssetCheckResult(
        passed=verdict.passed,
        check_name=spec(suite, verdict.rule).name,
        asset_key=dg.AssetKey(list(suite.asset)),
        severity=severity(verdict.rule),
        description=verdict.rule.why,
        metadata={
            "observed": dg.MetadataValue.json(dict(verdict.observed)),
            "sample": dg.MetadataValue.json(list(verdict.sample)),
        },
    )


def checks_of(suite: Suite) -> dg.AssetChecksDefinition:
    """One step per suite: it judges, keeps the results, and hands them to Dagster."""

    @dg.multi_asset_check(
        name=f"{suite.name}_quality",
        specs=[spec(suite, rule) for rule in suite.rules],
        pool="quality",
    )
    def judged(context: dg.AssetCheckExecutionContext, line: Line) -> Iterator[dg.AssetCheckResult]:
        verdicts = judge(suite, line.url)
        with line.database() as connection:
            record(connection, verdicts, context.run.run_id)
        for verdict in verdicts:
            yield result(suite, verdict)

    return judged


def definitions() -> dg.Definitions:
    judged = [checks_of(suite) for suite in all_suites()]
    job = dg.define_asset_job("judge_quality", selection=dg.AssetSelection.checks(*judged))
    schedule = dg.ScheduleDefinition(
        name="judge_quality_every_ten_minutes",
        job=job,
        cron_schedule="5-59/10 * * * *",  # between two builds of the marts
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(asset_checks=judged, jobs=[job], schedules=[schedule])
