"""What an operator sees of every asset and check, in both code locations."""

import re
from pathlib import Path

import dagster as dg
import pytest

from oddsline import reports
from orchestration import definitions, live, processes
from orchestration.shown import CHAPTERS as CHAPTER_OF
from orchestration.shown import TALLIES

pytestmark = pytest.mark.filterwarnings("default")

RUNBOOK = (Path(__file__).parents[3] / "docs" / "runbook.md").read_text()
CHAPTERS = {
    f"docs/runbook.md#{chapter.lower().replace(' ', '-')}"
    for chapter in re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
}
FOLD = dg.AssetKey([reports.FOLD])
#: Tables that others fill: their freshness is that of the process that fills them.
FILLED = {
    spec.key
    for filled in (processes.tables, processes.kept, processes.transitions, processes.quality)
    for spec in filled()
}


@pytest.fixture(scope="module", params=[definitions, live], ids=["definitions", "live"])
def location(request) -> dg.Definitions:
    """One code location, as its server loads it."""
    return request.param.defs()


def test_every_asset_says_whose_it_is_what_it_is_and_what_to_do(location):
    """A group, owners, kinds, a description and a chapter of the runbook that exists."""
    specs = [spec for spec in location.resolve_all_asset_specs() if spec.group_name != "default"]

    assert specs
    for spec in specs:
        assert spec.group_name in CHAPTER_OF, spec.key
        assert (bool(spec.owners), bool(spec.kinds), bool(spec.description)) == (True,) * 3, (
            spec.key
        )
        assert spec.metadata["runbook"].value in CHAPTERS, spec.key


def test_operators_find_assets_in_six_groups():
    """Every group has its assets, in one location or the other."""
    groups = {
        spec.group_name
        for location in (definitions.defs(), live.defs())
        for spec in location.resolve_all_asset_specs()
    }

    assert groups - {"default"} == set(CHAPTER_OF)
    assert set(CHAPTER_OF) == {"chain", "raw", "marts", "votes", "markets", "quality"}


def test_every_asset_that_is_made_here_or_reported_has_to_be_fresh(location):
    """Marts, tallies and the long-lived processes; tables are as fresh as who fills them."""
    specs = {spec.key: spec for spec in location.resolve_all_asset_specs()}
    fresh = {key for key, spec in specs.items() if spec.freshness_policy is not None}

    named = {key for key, spec in specs.items() if spec.group_name != "default"}
    assert fresh == named - FILLED
    assert fresh & {FOLD, TALLIES}


def test_every_check_says_what_it_is_about_and_what_to_do(location):
    """What is wrong in the world when it fails (dbt's tests say it by their name), and a chapter."""
    checks = [
        spec
        for made in (*(location.asset_checks or ()), *(location.assets or ()))
        if isinstance(made, dg.AssetsDefinition)
        for spec in made.check_specs
    ]
    ours = [spec for spec in checks if "dagster_dbt/unique_id" not in spec.metadata]

    assert len(ours) > 5
    assert [spec.name for spec in ours if not spec.description] == []
    assert [spec.name for spec in checks if _chapter(spec) not in CHAPTERS] == []


def _chapter(spec: dg.AssetCheckSpec) -> object:
    return getattr(spec.metadata.get("runbook"), "value", None)


def test_what_must_not_run_twice_at_once_has_a_pool(location):
    """dbt's build and each suite, which it judges too: a pool lets one step at a time work."""
    pools = {
        job.name: {op.pool for op in job.graph.iterate_op_defs() if op.pool}
        for job in location.resolve_all_job_defs()
        if job.name in {"build_marts", "judge_quality", "audit_accounts"}
    }

    expected = {"build_marts": {"dbt", "quality"}}
    expected |= {name: {"quality"} for name in ("judge_quality", "audit_accounts")}
    assert pools in (expected, {})
    assert bool(pools) == (FOLD in {s.key for s in location.resolve_all_asset_specs()})
