"""Great Expectations' suites as asset checks.

Only naming them is done here: GX is imported by `checks.engine` when a suite runs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import dagster as dg

from checks.engine import Source, judge
from checks.record import record
from checks.suite import Rule, Suite, Verdict
from checks.suites import queried_suites
from checks.suites.vote_cache import vote_cache
from orchestration.resources import Line
from orchestration.shown import runbook
from orchestration.voting import cached


@dataclass(frozen=True)
class Reading:
    """What a suite judges, and what its reader saw beside: shown with each of its checks."""

    source: Source
    beside: Mapping[str, str | int] = field(default_factory=dict)


def asked(line: Line) -> Reading:
    """The suite's own query asks the line's database."""
    return Reading(line.url)


def cached_counts(line: Line) -> Reading:
    """Redis and ballots side by side; what differs is rebuilt before it is told."""
    return Reading(cached.side_by_side(line.url))


def severity(rule: Rule) -> dg.AssetCheckSeverity:
    """Dagster knows two severities: what is critical is an error, the rest a warning."""
    critical = rule.severity == "critical"
    return dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN


def spec(suite: Suite, rule: Rule) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        name=f"{suite.name}__{rule.name}",
        asset=dg.AssetKey(list(suite.asset)),
        description=rule.why,
        metadata={"suite": suite.name, "expectation": rule.expects, **runbook("check-failed")},
    )


def result(
    suite: Suite, verdict: Verdict, beside: Mapping[str, str | int] | None = None
) -> dg.AssetCheckResult:
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
            **(beside or {}),
        },
    )


def checks_of(suite: Suite, read: Callable[[Line], Reading] = asked) -> dg.AssetChecksDefinition:
    """One step per suite: it reads, judges, keeps the results, and hands them to Dagster."""

    @dg.multi_asset_check(
        name=f"{suite.name}_quality",
        specs=[spec(suite, rule) for rule in suite.rules],
        pool="quality",
    )
    def judged(context: dg.AssetCheckExecutionContext, line: Line) -> Iterator[dg.AssetCheckResult]:
        reading = read(line)
        verdicts = judge(suite, reading.source)
        with line.database() as connection:
            record(connection, verdicts, context.run.run_id)
        for verdict in verdicts:
            yield result(suite, verdict, reading.beside)

    return judged


def definitions() -> dg.Definitions:
    judged = [checks_of(suite) for suite in queried_suites()]
    judged.append(checks_of(vote_cache(), cached_counts))
    job = dg.define_asset_job("judge_quality", selection=dg.AssetSelection.checks(*judged))
    schedule = dg.ScheduleDefinition(
        name="judge_quality_every_ten_minutes",
        job=job,
        cron_schedule="5-59/10 * * * *",  # between two builds of the marts
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(asset_checks=judged, jobs=[job], schedules=[schedule])
