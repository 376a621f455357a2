"""The quality suites are well-formed before any database is asked."""

import subprocess
import sys

import pytest

from checks.engine import SQL
from checks.shapes import event_shapes
from checks.suites import all_suites, compared_suites, queried_suites

SUITES = all_suites()


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_every_suite_names_each_rule_once(suite):
    """A rule's name is an asset check's name: two of one name would hide each other."""
    names = [rule.name for rule in suite.rules]

    assert len(set(names)) == len(names) > 0
    assert all(rule.why.endswith(".") for rule in suite.rules)


@pytest.mark.parametrize("suite", queried_suites(), ids=lambda suite: suite.name)
def test_a_suite_that_asks_a_database_has_its_query(suite):
    """By the name that it says."""
    assert (SQL / f"{suite.rows}.sql").exists()


@pytest.mark.parametrize("suite", compared_suites(), ids=lambda suite: suite.name)
def test_a_suite_that_is_given_rows_judges_columns_that_they_have(suite):
    """A rule about a column that nobody fills would pass for ever."""
    judged = [
        value for rule in suite.rules for name, value in rule.given.items() if "column" in name
    ]

    assert suite.rows is None
    assert {*judged, *suite.key} <= set(suite.columns)


def test_suites_have_different_names():
    """Results are kept by suite and rule."""
    assert len({suite.name for suite in SUITES}) == len(SUITES)


def test_no_query_lacks_its_suite():
    """A query that nobody runs is dead."""
    from checks import record

    used = {suite.rows for suite in queried_suites()} | {"record_result"}

    assert {path.stem for path in record.SQL.glob("*.sql")} == used


def test_naming_the_rules_does_not_import_great_expectations():
    """Its import costs seven seconds, and every worker of a run would pay them."""
    code = "import sys, checks.suites, checks.engine; print('great_expectations' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_shapes_cover_all_events_and_both_layouts_of_claims():
    """18 events, and WinningsClaimed once more as the program's first version emitted it."""
    shapes = event_shapes()

    assert len(shapes) == 19
    assert [s for s in shapes if s.startswith("WinningsClaimed")] == [
        "WinningsClaimed(amount,market,outcome,timestamp,user)",
        "WinningsClaimed(amount,market_id,resolver_fee,timestamp,user)",
    ]
