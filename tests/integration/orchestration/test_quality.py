"""Each expectation is an asset check that operators see, with its severity and a sample."""

import dagster as dg
import pytest

from checks.suites.raw_events import raw_events
from oddsline import blocking
from orchestration import quality
from orchestration.resources import Line

pytestmark = pytest.mark.filterwarnings("default")


def land_a_wrong_price(url):
    with blocking.session(url, name="test") as connection:
        blocking.rows(connection, "select raw.ensure_partitions(1)")
        blocking.run(
            connection,
            """insert into raw.events (seq, program_id, slot, signature, "outer", inner_path, kind,
                   ordinal, position, name, args, market_address, provenance)
               values (1, 'program', 1, 'sig1', 0, 0, 'log', 0, 0, 'SharesBought',
                   '{"market_id": "aa", "user": "w", "outcome": true, "shares": 1, "cost": 5,
                     "new_price_yes": 2000000000, "timestamp": 1}', 'Market', 'log')""",
        )


def test_a_failing_expectation_is_a_failing_asset_check(bare_database):
    """The check on raw/events fails as an error and shows the row; its neighbours pass."""
    land_a_wrong_price(bare_database)
    judged = quality.checks_of(raw_events())
    definitions = dg.Definitions(
        assets=[dg.AssetSpec(["raw", "events"])],
        asset_checks=[judged],
        jobs=[dg.define_asset_job("judge", selection=dg.AssetSelection.checks(judged))],
        resources={"line": Line(database_url=bare_database)},
        executor=dg.in_process_executor,
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("judge").execute_in_process(instance=instance)

    found = {e.check_name: e for e in done.get_asset_check_evaluations()}
    price = found.pop("raw_events__price_in_unit")
    assert not price.passed
    assert price.severity is dg.AssetCheckSeverity.ERROR
    assert price.asset_key == dg.AssetKey(["raw", "events"])
    sample = price.metadata["sample"].value
    assert isinstance(sample, list)
    assert sample[0]["signature"] == "sig1"
    assert len(found) == len(raw_events().rules) - 1
    assert all(evaluation.passed for evaluation in found.values())
    with blocking.session(bare_database, name="test") as connection:
        alerts = blocking.rows(connection, "select subject, severity from ops.alerts")
        runs = blocking.rows(connection, "select distinct run_id from ops.check_results")
    assert alerts == [{"subject": "raw_events.price_in_unit", "severity": "critical"}]
    assert runs == [{"run_id": done.run_id}]
