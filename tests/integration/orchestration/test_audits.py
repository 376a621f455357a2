"""The comparison with a rebuild, as Dagster runs it."""

import asyncio

import asyncpg
import dagster as dg
import pytest

from oddsline import blocking
from orchestration import audits
from orchestration.resources import Line
from tests.support.events import Chain, Market, P, land
from tests.support.marts import fold

pytestmark = pytest.mark.filterwarnings("default")


async def _traded(database: str) -> None:
    connection = await asyncpg.connect(database)
    market = Market(Chain(), 1)
    await land(connection, [*market.opened(), market.bought(1, P)])
    await fold(connection)
    await connection.close()


def _run(database: str, job: str) -> dg.AssetCheckEvaluation:
    definitions = dg.Definitions.merge(
        audits.definitions(),
        dg.Definitions(
            resources={"line": Line(database_url=database)}, executor=dg.in_process_executor
        ),
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def(job).execute_in_process(
            instance=instance, raise_on_error=False
        )
    [evaluation] = done.get_asset_check_evaluations()
    return evaluation


@pytest.mark.parametrize("job", ["audit_sample", "audit_in_full"])
def test_equal_marts_pass_with_exact_counts(database: str, job: str) -> None:
    """Each job evaluates its check on marts/markets and tells how much it compared."""
    asyncio.run(_traded(database))

    evaluation = _run(database, job)

    assert evaluation.passed
    assert evaluation.asset_key == audits.MARKETS
    assert "rows compared" in evaluation.metadata


def test_an_altered_mart_fails_the_check_and_shows_the_row(database: str) -> None:
    """The failing check is an error that carries both sides."""
    asyncio.run(_traded(database))
    with blocking.session(database, name="test") as connection:
        blocking.rows(connection, "update marts.markets set volume = volume + 1 returning 1 as n")

    evaluation = _run(database, "audit_in_full")

    assert not evaluation.passed
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert "markets" in str(evaluation.metadata["differing marts"].value)
    with blocking.session(database, name="test") as connection:
        kept = blocking.rows(connection, "select suite, passed from ops.check_results")
        (alert,) = blocking.rows(connection, "select rule, subject, severity from ops.alerts")
    assert kept == [{"suite": "audit_in_full", "passed": False}]
    assert alert == {
        "rule": "check_failed",
        "subject": "audit_in_full.fold_equals_rebuild",
        "severity": "critical",
    }
