"""How large the next batch may be."""

from ingestion.fold.pace import SMALLEST, Pace

PACE = Pace(size=1_000, largest=4_000, seconds=0.2)


def test_a_full_quick_batch_doubles_the_next() -> None:
    """Behind and fast: take more at once."""
    assert PACE.after(1_000, 0.05).size == 2_000


def test_growth_stops_at_the_largest() -> None:
    """However far behind, one transaction stays bounded."""
    pace = PACE
    for _ in range(9):
        pace = pace.after(pace.size, 0.01)
    assert pace.size == 4_000


def test_a_slow_batch_halves_the_next_but_not_below_the_smallest() -> None:
    """Slow: take less, until the fixed cost would outweigh the rows."""
    pace = PACE
    for _ in range(9):
        pace = pace.after(pace.size, 1.0)
    assert pace.size == SMALLEST


def test_a_batch_that_was_not_full_changes_nothing() -> None:
    """Keeping up needs no change."""
    assert PACE.after(10, 0.01) == PACE


def test_failures_lead_down_to_a_single_row() -> None:
    """Halving ends at the row at fault."""
    pace = PACE
    for _ in range(20):
        pace = pace.after_failure()
    assert pace.size == 1
