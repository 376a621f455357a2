"""What is old is forgotten, what is needed stays; on Dagster's own tables in PostgreSQL."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from oddsline import blocking
from orchestration import home, settings
from orchestration.resources import Line
from orchestration.retention import purge_rows, purge_runs, retention

pytestmark = pytest.mark.filterwarnings("default")


@dg.op
def speaks(context: dg.OpExecutionContext) -> None:
    context.log.info("said")
    sys.stdout.write("printed\n")


@dg.op
def breaks() -> None:
    raise dg.Failure("as meant")


@dg.job(executor_def=dg.in_process_executor)
def works() -> None:
    speaks()


@dg.job(executor_def=dg.in_process_executor)
def fails() -> None:
    breaks()


@pytest.fixture
def instance(bare_database, tmp_path, monkeypatch):
    """A Dagster instance in the test's database, and the settings of its line."""
    for name, value in home.prepare(tmp_path / "dagster", bare_database).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ODDSLINE_DATABASE_URL", bare_database)
    monkeypatch.setenv("ODDSLINE_REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("ODDSLINE_PROGRAM_ID", "program")
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as opened:
        yield opened


def run(instance: dg.DagsterInstance, job: dg.JobDefinition) -> str:
    return job.execute_in_process(instance=instance, raise_on_error=False).run_id


def rows(url: str, statement: str) -> list[dict[str, object]]:
    with blocking.session(url, name="test") as connection:
        return blocking.rows(connection, statement)


def test_an_old_run_goes_with_its_events_and_logs_and_a_failed_one_stays(instance, bare_database):
    """After a month: the run that ended well is gone without a trace, the failed one is not."""
    well, badly = run(instance, works), run(instance, fails)
    logs = Path(instance.storage_directory()) / well
    assert logs.exists()
    later = datetime.now(UTC) + timedelta(days=30)

    assert purge_runs(instance, settings.load(), later) == 1

    assert instance.get_run_by_id(well) is None
    assert instance.get_run_by_id(badly) is not None
    left = rows(bare_database, "select distinct run_id from dagster.event_logs")
    assert left == [{"run_id": badly}]
    assert not logs.exists()


def test_failed_runs_go_at_last(instance):
    """Their own, longer time over, failed runs are forgotten too."""
    badly = run(instance, fails)
    later = datetime.now(UTC) + timedelta(days=61)

    assert purge_runs(instance, settings.load(), later) == 1
    assert instance.get_run_by_id(badly) is None


def test_the_newest_report_of_each_asset_stays_however_old(instance, bare_database):
    """Of three old reports of a process the last stays: the page still says when it was."""
    for _ in range(3):
        instance.report_runless_asset_event(dg.AssetMaterialization("intake"))
    newest = rows(bare_database, "select max(id) as id from dagster.event_logs")
    with blocking.session(bare_database, name="test") as connection:
        blocking.run(
            connection, "update dagster.event_logs set timestamp = timestamp - interval '15 days'"
        )
        purged = purge_rows(connection, settings.load())

    assert purged["unrun_events"] == 2
    assert rows(bare_database, "select id from dagster.event_logs") == newest


def test_old_check_results_go_and_new_ones_stay(instance, bare_database):
    """Trends reach back as far as the setting says."""
    with blocking.session(bare_database, name="test") as connection:
        blocking.run(
            connection,
            """insert into ops.check_results (suite, check_name, passed, severity, checked_at)
               select 'markets', 'rule', true, 'critical', now() - days * interval '1 day'
               from unnest(array[1, 59, 61, 400]) as days""",
        )
        purged = purge_rows(connection, settings.load())

    assert purged["check_results"] == 2


def test_the_job_tells_what_it_forgot(instance, bare_database):
    """As a run of the real job: its step's metadata names each kind with its count."""
    definitions = dg.Definitions(
        jobs=[retention],
        resources={"line": Line(database_url=bare_database)},
        executor=dg.in_process_executor,
    )

    done = definitions.resolve_job_def("retention").execute_in_process(instance=instance)

    (output,) = (e for e in done.all_events if e.event_type_value == "STEP_OUTPUT")
    told = output.step_output_data.metadata
    assert {name: value.value for name, value in told.items()} == {
        "runs": 0,
        "unrun_events": 0,
        "check_executions": 0,
        "check_results": 0,
    }
