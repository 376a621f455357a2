"""dbt's build as Dagster runs it: models are materialized, tests are checks."""

import json
import os

import dagster as dg
import pytest

from oddsline import blocking, marts
from orchestration import warehouse
from orchestration.definitions import defs
from orchestration.resources import Line

pytestmark = pytest.mark.filterwarnings("default")


def test_a_build_materializes_marts_and_evaluates_their_tests(bare_database):
    """One run on a bare database leaves the tables, their materializations and check results."""
    built = defs()
    job = dg.Definitions.merge(
        warehouse.definitions(),
        dg.Definitions(
            resources={"line": Line(database_url=bare_database)}, executor=dg.in_process_executor
        ),
    ).resolve_job_def("build_marts")
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(instance=instance)

    keys = {
        e.asset_key.to_user_string() for e in done.get_asset_materialization_events() if e.asset_key
    }
    checks = done.get_asset_check_evaluations()
    assert done.success
    assert {"marts/markets", "marts/trades", "marts/positions"} <= keys
    assert {"marts/markets"} <= {check.asset_key.to_user_string() for check in checks}
    assert all(check.passed for check in checks)
    assert dg.AssetKey(["marts", "markets"]) in set(built.resolve_all_asset_keys())
    with blocking.session(bare_database, name="test") as connection:
        assert blocking.rows(connection, "select count(*) as n from marts.markets") == [{"n": 0}]


def test_dbt_is_parsed_again_only_when_its_sources_changed(tmp_path):
    """A run's worker loads the manifest too, and must not pay six seconds for it each time."""
    project, manifest = tmp_path / "project", tmp_path / "manifest.json"
    (project / "models").mkdir(parents=True)
    (project / "target").mkdir()
    model = project / "models" / "markets.sql"
    model.write_text("select 1")
    assert warehouse.is_stale(manifest, project)

    manifest.write_text("{}")
    os.utime(model, (1, 1))
    assert not warehouse.is_stale(manifest, project)

    (project / "target" / "compiled.sql").write_text("newer, but made by dbt")
    assert not warehouse.is_stale(manifest, project)

    later = manifest.stat().st_mtime + 10
    os.utime(model, (later, later))
    assert warehouse.is_stale(manifest, project)


def test_every_source_of_dbt_is_a_described_asset():
    """What dbt reads is shown with its group and owner, not as a nameless stub."""
    manifest = json.loads(warehouse.manifest().read_text())
    sources = {f"{s['source_name']}/{s['name']}" for s in manifest["sources"].values()}
    described = {
        spec.key.to_user_string()
        for spec in defs().resolve_all_asset_specs()
        if spec.group_name != "default"
    }

    assert marts.PROJECT.exists()
    assert sources <= described


def _told(name: str, *, passed: bool, rows: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=passed,
        asset_key=dg.AssetKey(["marts", "markets"]),
        check_name=name,
        metadata={"dagster_dbt/failed_row_count": rows},
    )


def test_a_test_of_dbts_that_fails_alerts_and_one_that_passes_again_resolves(bare_database):
    """By its name and with the number of rows, also where the build ends with an error."""
    line = Line(database_url=bare_database)

    def broken():
        yield _told("not_null_markets_state", passed=False, rows=3)
        raise RuntimeError("dbt exited with 1")

    with pytest.raises(RuntimeError, match="dbt exited"):
        list(warehouse.telling(broken(), line))
    with blocking.session(bare_database, name="test") as connection:
        [alert] = blocking.rows(connection, "select * from ops.alerts")
    assert (alert["rule"], alert["subject"]) == ("check_failed", "dbt.not_null_markets_state")
    assert (alert["severity"], alert["details"]["observed"]) == ("critical", {"rows": 3})

    list(warehouse.telling([_told("not_null_markets_state", passed=True, rows=0)], line))

    with blocking.session(bare_database, name="test") as connection:
        [alert] = blocking.rows(connection, "select * from ops.alerts")
    assert alert["resolved_at"] is not None


def test_every_test_of_dbts_is_a_check_of_an_asset():
    """One that reads several models says which it judges; else Dagster would only observe it."""
    manifest = json.loads(warehouse.manifest().read_text())
    tests = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}

    assert {spec.name for spec in warehouse.models().check_specs} == tests
