"""What waits for a person, and Dagster's runs, as Prometheus sees them."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from prometheus_client import REGISTRY

from oddsline import alerts, blocking
from orchestration import home
from orchestration.watch.desk import Desk

CHECKED = """
    insert into ops.check_results (suite, check_name, passed, severity, checked_at)
    values ('marts', %(name)s, %(passed)s, 'critical', now() - %(age)s::interval)
"""
LETTER = """
    insert into ops.dead_letters (kind, key, payload, reason, class, status)
    values ('event', %(key)s, '{}', 'unreadable', 'Permanent', %(status)s)
"""
RUN = """
    insert into dagster.runs (run_id, pipeline_name, status, run_body, create_timestamp, update_timestamp)
    values (%(id)s, 'job', %(status)s, '{}', %(at)s, %(at)s)
"""


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_alerts_letters_and_failing_checks_are_counted_and_go_back_to_zero(database):
    """The newest result of a check counts, resolved letters do not; what is gone is 0, not absent."""
    desk = Desk()
    alert = alerts.Alert("market_stuck", "markets", "critical", "one is stuck")
    with blocking.session(database, name="test") as connection:
        alerts.fire(connection, alert)
        for key, status in (("a", "open"), ("b", "open"), ("c", "resolved")):
            blocking.run(connection, LETTER, {"key": key, "status": status})
        for name, passed, age in (("x", True, "2 min"), ("x", False, "1 min"), ("y", True, "0")):
            blocking.run(connection, CHECKED, {"name": name, "passed": passed, "age": age})
        desk.show(connection)
        firing = value("oddsline_alerts_firing", rule="market_stuck", severity="critical")
        letters = value("oddsline_dead_letters", kind="event", status="open")
        failing = value("oddsline_checks_failing", suite="marts", severity="critical")
        alerts.resolve(connection, "market_stuck", "markets")
        desk.show(connection)

    assert (firing, letters, failing) == (1, 2, 1)
    assert value("oddsline_alerts_firing", rule="market_stuck", severity="critical") == 0


@pytest.mark.filterwarnings("default")
def test_dagsters_runs_are_counted_by_status_and_the_oldest_that_waits_is_told(
    database, tmp_path, monkeypatch
):
    """Ended ones for an hour; those that nobody has are 0."""
    for name, setting in home.prepare(tmp_path / "dagster", database).items():
        monkeypatch.setenv(name, setting)
    with dg.DagsterInstance.get() as instance:
        assert instance.get_runs_count() == 0  # its tables are there now
    now = datetime.now(UTC).replace(tzinfo=None)
    runs = (("a", "QUEUED", 90), ("b", "QUEUED", 30), ("c", "FAILURE", 60), ("d", "SUCCESS", 7200))
    with blocking.session(database, name="test") as connection:
        for run_id, status, age_s in runs:
            at = now - timedelta(seconds=age_s)
            blocking.run(connection, RUN, {"id": run_id, "status": status, "at": at})
        Desk().show(connection)

    assert value("oddsline_dagster_runs", status="queued") == 2
    assert value("oddsline_dagster_runs", status="failure") == 1
    assert value("oddsline_dagster_runs", status="success") == 0
    assert value("oddsline_dagster_oldest_queued_seconds") == pytest.approx(90, abs=20)
