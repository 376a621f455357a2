"""Symptoms as alerts: what is there fires, what is gone resolves."""

from collections.abc import Mapping, Sequence

from oddsline import alerts, blocking
from orchestration.watch.facts import SQL
from orchestration.watch.symptoms import Symptom


def tell(connection: blocking.Connection, judged: Mapping[str, Sequence[Symptom]]) -> None:
    """Bring `ops.alerts` in line with what was judged; rules that were not are left alone."""
    there = {(one.rule, one.subject) for found in judged.values() for one in found}
    for found in judged.values():
        for one in found:
            alerts.fire(connection, one.alert)
    statement = blocking.read_sql(SQL, "firing")
    for row in blocking.rows(connection, statement, {"rules": list(judged)}):
        if (row["rule"], row["subject"]) not in there:
            alerts.resolve(connection, row["rule"], row["subject"])
