"""Alerts as rows of `ops.alerts`: one per state change of a (rule, subject), never one per look.

Whoever sees a symptom fires, whoever sees it gone resolves; delivery is orchestration's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from oddsline import blocking

Severity = Literal["info", "warning", "critical"]
SQL = Path(__file__).with_name("sql")
RUNBOOK = "docs/runbook.md"


@dataclass(frozen=True)
class Alert:
    """A symptom that somebody should know of.

    ``rule`` names the kind of symptom (and its chapter in the runbook), ``subject`` what has it.
    """

    rule: str
    subject: str
    severity: Severity
    summary: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def runbook_url(self) -> str:
        return f"{RUNBOOK}#{self.rule.replace('_', '-')}"


def fire(connection: blocking.Connection, alert: Alert) -> bool:
    """Record that the symptom is there; true when it was not firing before."""
    values = {
        "rule": alert.rule,
        "subject": alert.subject,
        "severity": alert.severity,
        "summary": alert.summary,
        "details": blocking.Json(dict(alert.details)),
        "runbook_url": alert.runbook_url,
    }
    fired = blocking.rows(connection, blocking.read_sql(SQL, "fire_alert"), values)
    return bool(fired[0]["is_new"])


def resolve(connection: blocking.Connection, rule: str, subject: str) -> bool:
    """Record that the symptom is gone; true when it was firing."""
    statement = blocking.read_sql(SQL, "resolve_alert")
    return blocking.run(connection, statement, {"rule": rule, "subject": subject}) > 0
