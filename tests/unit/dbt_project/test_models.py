"""Every model that works something out has a unit test of dbt's, on a few rows."""

import re

import yaml

from oddsline.marts import PROJECT

MODELS = PROJECT / "models"
#: Only puts two models' rows one after the other.
PASSED_THROUGH = {"int_position_events"}
#: Staging renames and types the fields of one event; what it may not do is listed here.
WORKS_SOMETHING_OUT = re.compile(
    r"\b(join|union|group by|distinct|over|sum|count|max|min|coalesce|case)\b", re.IGNORECASE
)


def _tested() -> set[str]:
    files = [yaml.safe_load(path.read_text()) for path in MODELS.rglob("*.yml")]
    return {test["model"] for file in files for test in file.get("unit_tests", [])}


def test_every_model_with_logic_has_a_unit_test() -> None:
    """A new mart or view without one is named here."""
    models = {path.stem for path in MODELS.rglob("*.sql") if path.parent.name != "staging"}

    assert models - _tested() == PASSED_THROUGH


def test_staging_only_renames() -> None:
    """So that it needs no unit tests: what is worked out belongs to the models after it."""
    staged = {path.stem: path.read_text() for path in (MODELS / "staging").glob("*.sql")}

    assert len(staged) > 20
    assert {name for name, sql in staged.items() if WORKS_SOMETHING_OUT.search(sql)} == set()
