"""What operators type about dead letters, holds and alerts."""

import pytest
from typer.testing import CliRunner

from chain.program.states import State
from oddsline.cli import load
from tests.integration.orchestration.conftest import market_id


def said(command, *arguments):
    done = CliRunner().invoke(load(command), list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


def test_a_market_is_held_listed_alerted_and_released(line):
    """Each command shows what the one before did."""
    line.market(1, State.RESOLVING)

    assert "held" in said("monitor", "hold", market_id(1), "--reason", "look first")
    assert "look first" in said("monitor", "list")
    assert market_id(1) in said("alerts")
    assert "released" in said("monitor", "release", market_id(1))

    assert said("monitor", "list") == ""
    assert said("alerts") == ""
    assert "resolved" in said("alerts", "--every")


@pytest.fixture
def letter(line):
    """A letter that waits for a person."""
    (row,) = line.rows(
        """insert into ops.dead_letters (kind, key, payload, reason, class, status, attempts)
           values ('event', 'sig1', '{"name": "?"}', 'unknown', 'Permanent', 'manual_review', 3)
           returning id"""
    )
    return row["id"]


def test_a_letter_is_listed_shown_replayed_and_resolved(line, letter):
    """A replay makes it due now; resolving says why."""
    assert "manual_review" in said("dlq", "list", "--status", "manual_review")
    assert "unknown" in said("dlq", "show", str(letter))
    assert "1 of 1" in said("dlq", "retry", str(letter))
    assert line.rows("select status from ops.dead_letters") == [{"status": "open"}]

    assert "1 resolved" in said("dlq", "resolve", str(letter), "--reason", "a test")

    assert line.rows("select status, resolution from ops.dead_letters") == [
        {"status": "resolved", "resolution": "a test"}
    ]
