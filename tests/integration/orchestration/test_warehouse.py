"""dbt's build as Dagster runs it: models are materialized, tests are checks."""

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
    import json

    manifest = json.loads(warehouse.manifest().read_text())
    sources = {f"{s['source_name']}/{s['name']}" for s in manifest["sources"].values()}
    described = {
        spec.key.to_user_string()
        for spec in defs().resolve_all_asset_specs()
        if spec.group_name != "default"
    }

    assert marts.PROJECT.exists()
    assert sources <= described
