"""The mutants of `make mutants` stand where the code still is."""

import pytest

from tests.mutants import MUTANTS, ROOT, Mutant, altered


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: f"{one.file}: {one.before[:30]}")
def test_a_mutant_changes_one_place_and_its_tests_exist(mutant: Mutant):
    """Code that moved on takes its mutant along."""
    assert altered(mutant) != (ROOT / mutant.file).read_text(encoding="utf-8")
    assert (ROOT / mutant.tests).exists()
