"""Two systems side by side: what differs fails the suite's own check, and shows both sides."""

import asyncio
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from checks.engine import judge, write_docs
from checks.suite import Verdict
from checks.suites import all_suites, queried_suites
from checks.suites.accounts import accounts
from checks.suites.vote_cache import vote_cache
from ingestion.verify.compare import Difference
from ingestion.verify.run import Report
from ingestion.verify.treasury import Treasury
from oddsline import blocking, cache
from orchestration import quality
from orchestration.accounts import rows
from orchestration.resources import Line

pytestmark = pytest.mark.filterwarnings("default")

EQUAL = Report({"market": 1, "position": 1}, (), (), 1, agreed={"market": frozenset({"M"})})
PAID = Treasury("Wallet", 9, 9, 2, ())
VOLUME = Difference("market", "N", "volume_gross", "5", "4", 7)
INVESTED = Difference("position", "P", "invested", "3", "2", 7)
FEE = Difference("treasury", "sig", "protocol_fee", "2", "1", 7)
#: Rule -> what was found on both sides so that it fails, and no other.
FOUND = {
    "market_is_its_account": (Report({}, (VOLUME,), (), 1, agreed=EQUAL.agreed), PAID),
    "position_is_its_account": (Report({}, (INVESTED,), (), 1), PAID),
    "fee_is_its_transaction": (EQUAL, Treasury("Wallet", 9, 9, 2, (FEE,))),
    "row_has_its_account": (Report({}, (), ("Q",), 1), PAID),
}


def failing(verdicts: list[Verdict]) -> dict[str, Verdict]:
    return {verdict.rule.name: verdict for verdict in verdicts if not verdict.passed}


def test_equal_sides_pass_and_say_how_much_was_compared():
    """One market and two fees; no pair at all passes too, and says so by its zero."""
    verdicts = judge(accounts(), rows(EQUAL, PAID))
    nothing = judge(accounts(), [])

    assert failing(verdicts) == failing(nothing) == {}
    assert {verdict.observed["element_count"] for verdict in verdicts} == {3}
    assert {verdict.observed["element_count"] for verdict in nothing} == {0}


@pytest.mark.parametrize("rule", FOUND)
def test_each_kind_of_difference_fails_its_own_rule_and_shows_both_sides(rule):
    """An account, a position, a fee, a row without an account."""
    report, treasury = FOUND[rule]
    found = [*report.differences, *treasury.differences]

    failed = failing(judge(accounts(), rows(report, treasury)))

    assert list(failed) == [rule]
    (shown,) = failed[rule].sample
    both: set[tuple[Any, ...]] = {
        (one.address, one.field, one.chain, one.marts, one.slot) for one in found
    }
    named = tuple(shown[name] for name in accounts().key)
    assert named in (both or {("Q", None, None, None, None)})
    assert len(both) <= 1


async def _lie(url: str) -> None:
    redis = cache.commands(url, name="test")
    await redis.hincrby("votes:dispute:aa", "agrees", 7)
    await redis.aclose()


def _evaluated(database: str) -> dict[str, dg.AssetCheckEvaluation]:
    judged = quality.checks_of(vote_cache(), quality.cached_counts)
    definitions = dg.Definitions(
        assets=[dg.AssetSpec(["raw", "votes"])],
        asset_checks=[judged],
        jobs=[dg.define_asset_job("judge", selection=dg.AssetSelection.checks(judged))],
        resources={"line": Line(database_url=database)},
        executor=dg.in_process_executor,
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("judge").execute_in_process(instance=instance)
    return {one.check_name: one for one in done.get_asset_check_evaluations()}


async def test_a_cached_count_without_ballots_fails_once_and_is_rebuilt(
    environment, database, redis_url, monkeypatch
):
    """A warning with both counts, kept and alerted; the next run finds the copy right."""
    monkeypatch.setenv("ODDSLINE_PROGRAM_ID", "program")
    await _lie(redis_url)

    first, second = [await asyncio.to_thread(_evaluated, database) for _ in range(2)]

    wrong = first["vote_cache__cached_count_is_its_ballots"]
    assert (wrong.passed, wrong.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "7" in str(wrong.metadata["sample"].value)
    assert all(one.passed for one in second.values())
    with blocking.session(database, name="test") as connection:
        kept = blocking.rows(
            connection,
            "select passed, severity from ops.check_results"
            " where check_name = 'cached_count_is_its_ballots' order by id",
        )
    assert kept == [
        {"passed": False, "severity": "warning"},
        {"passed": True, "severity": "warning"},
    ]


def test_data_docs_have_a_page_of_each_suite_and_of_its_last_result(database, tmp_path: Path):
    """The index leads to them; no page holds the database's password."""
    given = {"vote_cache": [], "accounts": list(rows(*FOUND["market_is_its_account"]))}
    sources = [(suite, database) for suite in queried_suites()]
    sources += [(suite, given[suite.name]) for suite in all_suites() if suite.rows is None]

    write_docs(sources, tmp_path)

    index = (tmp_path / "index.html").read_text()
    pages = {str(page.relative_to(tmp_path)): page.read_text() for page in tmp_path.rglob("*.html")}
    for suite in all_suites():
        assert f"expectations/{suite.name}.html" in pages
        (result,) = (page for page in pages if page.startswith(f"validations/{suite.name}/"))
        assert result in index
    (compared,) = (pages[page] for page in pages if page.startswith("validations/accounts/"))
    assert "Failed" in compared
    password = database.split(":")[2].partition("@")[0]
    assert not [page for page, text in pages.items() if password in text]
