"""A failed run is one alert and one error report, by its cause; a good run ends the alert."""

import dagster as dg
import pytest
import sentry_sdk

from oddsline import blocking
from orchestration.failures import run_failed, run_recovered
from tests.support.sentry import Tracker, tracker

pytestmark = pytest.mark.filterwarnings("default")

PASSWORD = "hunter2-of-the-database"


class Config(dg.Config):
    fails: bool


@dg.op
def lands(config: Config) -> None:
    if config.fails:
        raise ConnectionError(f"postgresql://odds:{PASSWORD}@db/x does not answer")


@dg.job(executor_def=dg.in_process_executor)
def carry() -> None:
    lands()


@pytest.fixture
def sentry(monkeypatch, bare_database):
    """A line whose errors are tracked by a Sentry of the test's own."""
    monkeypatch.setenv("ODDSLINE_DATABASE_URL", bare_database)
    monkeypatch.setenv("ODDSLINE_REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("ODDSLINE_PROGRAM_ID", "program")
    monkeypatch.setenv("ODDSLINE_RELEASE", "1.2.3")
    monkeypatch.setenv("ODDSLINE_ENVIRONMENT", "proving")
    with tracker() as kept:
        monkeypatch.setenv("ODDSLINE_SENTRY_DSN", kept.dsn)
        yield kept
    sentry_sdk.get_global_scope().set_client(None)  # off again for the tests that follow


def run(instance: dg.DagsterInstance, *, fails: bool) -> str:
    """Run the job, then let the sensor that its end is for look at it, as the daemon would."""
    done = carry.execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config=dg.RunConfig({"lands": Config(fails=fails)}),
    )
    sensor = run_failed if fails else run_recovered
    kind = dg.DagsterEventType.RUN_FAILURE if fails else dg.DagsterEventType.RUN_SUCCESS
    (event,) = (e for e in done.all_events if e.event_type is kind)
    context = dg.build_run_status_sensor_context(sensor.name, event, instance, done.dagster_run)
    sensor(context.for_run_failure() if fails else context)
    return done.run_id


def alerts(url: str) -> list[dict[str, object]]:
    with blocking.session(url, name="test") as connection:
        return blocking.rows(connection, "select rule, subject, state, summary from ops.alerts")


def test_a_failed_run_alerts_by_its_cause_and_a_good_one_ends_it(sentry, bare_database):
    """Not 'DagsterExecutionStepExecutionError': the error that the step raised."""
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(2):
            run(instance, fails=True)
        (alert,) = alerts(bare_database)
        assert (alert["rule"], alert["subject"], alert["state"]) == ("runs_fail", "carry", "firing")
        assert str(alert["summary"]).startswith("carry failed: lands: ConnectionError: postgresql")
        assert PASSWORD not in str(alert["summary"])

        run(instance, fails=False)

    (alert,) = alerts(bare_database)
    assert alert["state"] == "resolved"


def test_each_failure_is_reported_once_and_without_secrets(sentry: Tracker):
    """One event: the cause, where and when it was, release and environment, no password."""
    with dg.DagsterInstance.ephemeral() as instance:
        run_id = run(instance, fails=True)

    (event,) = sentry.events
    (value,) = event["exception"]["values"]
    assert value["type"] == "ConnectionError"
    assert value["value"].endswith("@db/x does not answer")
    assert (event["release"], event["environment"]) == ("1.2.3", "proving")
    assert event["tags"] == {
        "service": "dagster",
        "job": "carry",
        "step": "lands",
        "run_id": run_id,
    }
    assert "in lands" in event["extra"]["stack"]
    assert PASSWORD not in "".join(sentry.raw)
