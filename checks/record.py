"""Keeps verdicts for trends, and turns their changes into alerts."""

from collections.abc import Iterable
from pathlib import Path

from checks.suite import Verdict
from oddsline import alerts, blocking

SQL = Path(__file__).with_name("sql")
ALERT_RULE = "check_failed"


def record(
    connection: blocking.Connection, verdicts: Iterable[Verdict], run_id: str | None
) -> None:
    """Append verdicts to ops.check_results, and tell of them."""
    for verdict in verdicts:
        _append(connection, verdict, run_id)
        tell(connection, verdict)


def tell(connection: blocking.Connection, verdict: Verdict) -> None:
    """Fire the alert of what failed, resolve that of what passed."""
    if verdict.passed:
        alerts.resolve(connection, ALERT_RULE, subject(verdict))
    else:
        alerts.fire(connection, as_alert(verdict))


def subject(verdict: Verdict) -> str:
    return f"{verdict.suite}.{verdict.rule.name}"


def as_alert(verdict: Verdict) -> alerts.Alert:
    """The alert that a failed verdict is."""
    return alerts.Alert(
        rule=ALERT_RULE,
        subject=subject(verdict),
        severity=verdict.rule.severity,
        summary=f"{subject(verdict)} fails: {verdict.rule.why}",
        details={"observed": dict(verdict.observed), "sample": list(verdict.sample)},
    )


def _append(connection: blocking.Connection, verdict: Verdict, run_id: str | None) -> None:
    blocking.run(
        connection,
        blocking.read_sql(SQL, "record_result"),
        {
            "suite": verdict.suite,
            "check_name": verdict.rule.name,
            "passed": verdict.passed,
            "severity": verdict.rule.severity,
            "observed": blocking.Json(dict(verdict.observed)),
            "sample": blocking.Json(list(verdict.sample)),
            "run_id": run_id,
        },
    )
