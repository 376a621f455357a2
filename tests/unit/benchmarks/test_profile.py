"""A load is judged by every required number, and nothing passes for want of figures."""

from dataclasses import replace

import pytest

from benchmarks.load.profile import PROFILES, Round, Usage, exit_code, judge
from benchmarks.load.usage import grown
from oddsline import cli

SEED = PROFILES["seed"]
GOOD = Round(
    seconds=60,
    requests=1_040,
    request_errors=0,
    request_ms=(4.0, 12.0, 30.0),
    requests_per_minute=1_040,
    ballots=1_200,
    ballot_ms=[40.0] * 1_200,
    ballots_stored=1_200,
    refused=[],
    events=6_240,
    connected=100,
    cut=0,
    expected=40_000,
    delivered=40_000,
    table_ms=[9.0] * 100,
    told_ms=[20.0] * 100,
    hop_ms=[10.0] * 100,
    lag_ms=[5.0] * 60,
    asked=240,
    ready=240,
    usage={"api": Usage(80.0, 7.0)},
)


def test_a_round_that_meets_everything_passes():
    """Exit code 0."""
    assert all(judged.met for judged in judge(SEED, GOOD))
    assert exit_code(SEED, GOOD) == 0


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({"request_ms": (4.0, 200.0, 300.0)}, "GET p95"),
        ({"ballot_ms": [250.0] * 1_200}, "ballots p95, all in one moment"),
        ({"request_errors": 3}, "error rate, requests and ballots"),
        ({"requests_per_minute": 999.0}, "requests"),
        ({"ballots": 99, "ballot_ms": [40.0] * 99, "ballots_stored": 99}, "ballots at once"),
        ({"ballots_stored": 1_199}, "ballots stored"),
        ({"events": 5_999}, "events"),
        ({"table_ms": [5_000.0]}, "received to tables, p99"),
        ({"cut": 1}, "sockets"),
        ({"told_ms": [1_000.0]}, "received to a socket's client, p99"),
        ({"hop_ms": [100.0]}, "outbox to a socket's client, p95"),
        ({"delivered": 39_999}, "deliveries"),
        ({"ready": 239}, "health checks passed"),
    ],
)
def test_each_number_that_is_missed_is_named_and_fails_the_run(change, missed):
    """One miss alone, exit code 1."""
    found = replace(GOOD, **change)

    assert [judged.what for judged in judge(SEED, found) if not judged.met] == [missed]
    assert exit_code(SEED, found) == 1


@pytest.mark.parametrize(
    "nothing",
    [
        {"requests": 0},
        {"ballots": 0, "ballot_ms": [], "ballots_stored": 0},
        {"events": 0},
        {"delivered": 0, "expected": 0},
        {"told_ms": []},
    ],
)
def test_where_one_kind_was_not_measured_there_is_no_verdict(nothing):
    """Exit code 2: neither good nor bad."""
    assert exit_code(SEED, replace(GOOD, **nothing)) == 2


def test_a_failed_ballot_is_an_error():
    """It was posted and came to nothing."""
    found = replace(GOOD, ballot_ms=[40.0] * 1_190, ballots_stored=1_190)

    assert found.errors == 10
    assert not next(j for j in judge(SEED, found) if j.what.startswith("error rate")).met


def test_memory_is_compared_from_the_first_to_the_last_round():
    """A process that was not there at both ends has no growth."""
    first = {"api": Usage(80.0, 1.0), "fold": Usage(50.0, 1.0)}
    last = {"api": Usage(90.0, 1.0)}

    assert grown([first, {}, last]) == {"api": (80.0, 90.0)}
    assert grown([]) == {}


@pytest.mark.parametrize("command", ["load", "soak"])
def test_a_profile_that_does_not_exist_is_refused(command: str, capsys: pytest.CaptureFixture[str]):
    """Exit code 2, and what there is instead; nothing is started for it."""
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--profile", "flood"])

    assert ended.value.code == 2
    assert "there is no profile 'flood': seed" in capsys.readouterr().err
