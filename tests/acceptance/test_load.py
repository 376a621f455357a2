"""`oddsline load` and `oddsline soak`: everything at once, on a line and short; no timing decides."""

from collections.abc import Iterator

import pytest

from benchmarks.load.command import PROCESSES
from benchmarks.load.profile import PROFILES
from benchmarks.load.together import opened
from oddsline.line import Line
from tests.support.commands import oddsline

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    """A line that somebody else started."""
    with Line.private(PROCESSES, durable=False) as found:
        yield found


async def test_what_is_offered_arrives_is_stored_and_is_told(line: Line) -> None:
    """No ballot, no event and no delivery is missing, and every process is measured."""
    async with opened(line, PROFILES["seed"]) as load:
        found = await load.play(6)

    assert found.errors == 0, found.refused
    assert found.ballots_stored == found.ballots >= 100
    assert found.requests >= 100
    assert found.events >= 100
    assert found.delivered == found.expected > 1_000
    assert found.cut == 0
    assert found.table_ms
    assert found.told_ms
    assert found.lag_ms
    assert {"api", "ingestion", "fold", "postgres", "valkey", "chain"} <= set(found.usage)
    assert all(used.memory_mb > 1 for used in found.usage.values())


def test_a_soak_on_a_running_line_shows_rounds_and_memory(line: Line) -> None:
    """The command knows nothing but the line's folder and its URL."""
    done = oddsline(line, "soak", "--minutes", "0.05", "--line", line.url("api"))

    assert done.returncode in {0, 1}, done.stdout + done.stderr  # a busy machine may miss
    assert "Memory over time" in done.stdout
    assert "0 of 1" in done.stdout  # requests and ballots failed
    assert "round 1: deliveries" not in done.stdout
