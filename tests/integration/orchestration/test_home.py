"""Dagster keeps its runs in the line's database, and hears from processes that do not import it."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import dagster as dg
import pytest

from oddsline import blocking
from oddsline.embedded.program import free_port
from oddsline.reports import FOLD, Reporter
from orchestration import home

pytestmark = pytest.mark.filterwarnings("default")


@dg.op
def nothing():
    """Succeeds."""


@dg.job(executor_def=dg.in_process_executor)
def noop():
    nothing()


@pytest.fixture
def dagster_home(bare_database, tmp_path, monkeypatch):
    """A prepared DAGSTER_HOME whose tables lie in the test's database."""
    values = home.prepare(tmp_path / "dagster", bare_database)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values["DAGSTER_HOME"]


def test_a_run_is_stored_in_the_lines_own_database(dagster_home, bare_database):
    """Storage is PostgreSQL, schema dagster: nothing lands in public or in SQLite."""
    with dg.DagsterInstance.from_config(dagster_home) as instance:
        done = noop.execute_in_process(instance=instance)

        assert done.success
        stored = instance.get_run_by_id(done.run_id)
        assert stored is not None
        assert stored.status is dg.DagsterRunStatus.SUCCESS

    with blocking.session(bare_database, name="test") as connection:
        runs = blocking.rows(connection, "select run_id, status from dagster.runs")
        public = blocking.rows(
            connection, "select tablename from pg_tables where schemaname = 'public'"
        )
    assert runs == [{"run_id": done.run_id, "status": "SUCCESS"}]
    assert "runs" not in {row["tablename"] for row in public}


def test_preparing_twice_keeps_what_is_there(dagster_home, bare_database):
    """`up` again on the same folder loses no run."""
    with dg.DagsterInstance.from_config(dagster_home) as instance:
        noop.execute_in_process(instance=instance)

    home.prepare(Path(dagster_home), bare_database)

    with dg.DagsterInstance.from_config(dagster_home) as instance:
        assert len(instance.get_runs()) == 1


@pytest.fixture
def webserver(dagster_home):
    """A real webserver on that home."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "dagster_webserver", "--empty-workspace", "-p", str(port)]
    process = subprocess.Popen(
        command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/server_info", timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the webserver ended"
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


async def test_a_process_that_imports_no_dagster_is_seen_in_it(webserver, dagster_home):
    """The fold's report becomes a materialization of the external asset, with its lag."""
    assert await Reporter(FOLD, webserver).report({"lag_ms": 7})

    with dg.DagsterInstance.from_config(dagster_home) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey(FOLD))

    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["lag_ms"].value == 7
