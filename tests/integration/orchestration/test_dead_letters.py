"""The queue as Dagster runs it: thrice with backoff, then a person; whatever is settled resolves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from chain.program.states import State
from orchestration.dead_letters.definitions import (
    REST_S,
    due_dead_letters,
    resolve_dead_letters,
    retry_dead_letters,
)
from tests.integration.orchestration.conftest import DONE, account, market_id

pytestmark = pytest.mark.filterwarnings("default")

FAILS = ("failed", "Custom6999", "Unknown")
BASE_S = 30


@pytest.fixture
def buried(line) -> int:
    """The letter of a finalization whose run found it failed for good; the intent's id."""
    line.market(1, State.RESOLVING)
    (intent,) = line.rows(
        """insert into ops.transitions (idempotency_key, market_id, market_address, action, role,
               state, error_name, error_class, updated_at)
           values ('Market1:finalize_market:r', %(id)s, 'Market1', 'finalize_market', 'backend',
               'failed', 'Custom6999', 'Unknown', clock_timestamp() - interval '1 hour')
           returning id""",
        id=market_id(1),
    )
    return int(intent["id"])


def tick(instance) -> dg.RunRequest | dg.SkipReason:
    """One look of the sensor, and the run it asks for."""
    asked = due_dead_letters(dg.build_sensor_context(instance=instance))
    assert isinstance(asked, dg.RunRequest | dg.SkipReason)
    if isinstance(asked, dg.RunRequest):
        assert launched(retry_dead_letters, instance, asked.run_config).success
    return asked


def launched(job: dg.JobDefinition, instance, config: Any) -> dg.ExecuteInProcessResult:
    return job.execute_in_process(instance=instance, run_config=config)


def letter(line) -> dict[str, Any]:
    (found,) = line.rows("select * from ops.dead_letters")
    return dict(found)


def wait_over(line) -> None:
    """Let the time until the next try pass."""
    line.run("update ops.dead_letters set next_retry_at = clock_timestamp() where status = 'open'")


def about(at: datetime, seconds: float) -> bool:
    """Within the jitter of a fifth, and the time a test takes."""
    delay = (at - datetime.now(UTC)).total_seconds()
    return seconds * 0.8 - 10 <= delay <= seconds * 1.2


def test_what_a_run_left_behind_is_swept_up_and_waits_for_its_time(line, instance, buried):
    """The run that should have buried it was killed: the sensor does, and alerts."""
    skipped = tick(instance)

    assert isinstance(skipped, dg.SkipReason)
    found = letter(line)
    assert (found["kind"], found["status"], found["attempts"]) == ("transition", "open", 0)
    assert about(found["next_retry_at"], BASE_S)
    assert line.intents()[0]["state"] == "dead"
    (alert,) = line.rows("select rule, severity, state from ops.alerts")
    assert alert == {"rule": "dead_letter", "severity": "warning", "state": "firing"}


def test_three_retries_with_growing_pauses_then_a_person(line, instance, keeper, buried):
    """About 30, 60, 120 s; the last failure is critical, and the sensor leaves it alone."""
    keeper(lambda *_: FAILS)
    tick(instance)
    pauses = []
    for attempt in (1, 2, 3):
        wait_over(line)
        assert isinstance(tick(instance), dg.RunRequest)
        found = letter(line)
        assert found["attempts"] == attempt
        pauses.append(found["next_retry_at"])

    assert pauses[2] is None
    assert about(pauses[0], 2 * BASE_S)
    assert about(pauses[1], 4 * BASE_S)
    assert found["status"] == "manual_review"
    assert found["reason"] == "Custom6999"
    assert line.intents()[0]["state"] == "dead"
    assert isinstance(tick(instance), dg.SkipReason)
    (alert,) = line.rows("select severity, state from ops.alerts")
    assert alert == {"severity": "critical", "state": "firing"}


def test_a_retry_that_succeeds_resolves_letter_and_alert(line, instance, keeper, buried):
    keeper()
    tick(instance)
    wait_over(line)

    tick(instance)

    found = letter(line)
    assert found["status"] == "resolved"
    assert found["resolution"].startswith("retried: sig-")
    assert line.intents()[0]["state"] == "done"
    assert line.rows("select state from ops.alerts") == [{"state": "resolved"}]


def test_a_keeper_that_is_away_costs_no_try(line, instance, buried, monkeypatch):
    """The same letter, a little later, uncounted."""
    monkeypatch.setenv("ODDSLINE_MONITOR_WAIT_S", "0.1")
    tick(instance)
    wait_over(line)

    tick(instance)

    found = letter(line)
    assert (found["status"], found["attempts"]) == ("open", 0)
    assert found["next_retry_at"] > datetime.now(UTC)


def test_a_letter_is_asked_for_once_while_its_run_starts(line, instance, buried):
    """A run may take longer to start than the sensor's pause; one that was lost is asked for anew."""
    look = dg.build_sensor_context(instance=instance)
    tick(instance)
    wait_over(line)

    first, second = due_dead_letters(look), due_dead_letters(look)
    wait_over(line)
    third = due_dead_letters(look)

    assert isinstance(first, dg.RunRequest)
    assert isinstance(second, dg.SkipReason)
    assert isinstance(third, dg.RunRequest)
    assert first.run_config == third.run_config
    assert about(letter(line)["next_retry_at"], REST_S)


def test_a_letter_whose_run_was_killed_is_given_back(line, instance, buried):
    """It stood in `retrying` longer than any run lives."""
    tick(instance)
    line.run(
        """update ops.dead_letters set status = 'retrying',
               updated_at = clock_timestamp() - interval '1 hour'"""
    )

    due_dead_letters(dg.build_sensor_context(instance=instance))

    assert letter(line)["status"] == "open"


SETTLED: dict[str, tuple[Callable[[Any], None], str]] = {
    "the mart shows it final": (
        lambda line: line.run("update marts.markets set state = 'FINALIZED'"),
        "the chain shows it done",
    ),
    "the intent ended well": (
        lambda line: line.run("update ops.transitions set state = 'done'"),
        "the chain shows it done",
    ),
}


@pytest.mark.parametrize(("happens", "resolution"), SETTLED.values(), ids=SETTLED)
def test_a_letter_resolves_itself_when_the_chain_shows_it_done(
    line, instance, buried, happens, resolution
):
    tick(instance)
    happens(line)

    tick(instance)

    found = letter(line)
    assert (found["status"], found["resolution"]) == ("resolved", resolution)
    assert line.rows("select state from ops.alerts") == [{"state": "resolved"}]


def test_a_person_retries_and_resolves_through_dagster(line, instance, keeper, buried):
    """Launched by hand, the job takes letters that wait for a person; its metadata says the end."""
    keeper(lambda _, attempt: DONE if attempt > 1 else FAILS)
    tick(instance)
    line.run("update ops.dead_letters set status = 'manual_review', attempts = 3")
    number = letter(line)["id"]
    config = {"ops": {"retry_letters": {"config": {"ids": [number]}}}}

    first = launched(retry_dead_letters, instance, config)
    assert letter(line)["status"] == "manual_review"
    second = launched(retry_dead_letters, instance, config)

    assert [ends(run) for run in (first, second)] == [{"failed": 1}, {"resolved": 1}]
    assert letter(line)["status"] == "resolved"
    third = launched(retry_dead_letters, instance, config)
    assert ends(third) == {}


def test_a_person_closes_a_letter_through_dagster(line, instance, buried):
    tick(instance)
    number = letter(line)["id"]
    config = {"ops": {"close_letters": {"config": {"ids": [number], "reason": "cancelled"}}}}

    assert launched(resolve_dead_letters, instance, config).success

    assert (letter(line)["status"], letter(line)["resolution"]) == ("resolved", "cancelled")


def ends(run: dg.ExecuteInProcessResult) -> dict[str, int]:
    """How many letters ended how, by the run's own metadata."""
    for event in run.all_events:
        metadata = getattr(event.event_specific_data, "metadata", None) or {}
        if "ends" in metadata:
            return dict(metadata["ends"].data)
    raise AssertionError("the run says nothing of letters")


def test_the_jitter_keeps_letters_apart(line, instance):
    """A hundred that fail at one moment do not come back at one moment."""
    line.run(
        """insert into ops.transitions (idempotency_key, market_address, action, role, state,
               updated_at)
           select 'k' || n, 'M' || n, 'finalize_market', 'backend', 'failed',
               clock_timestamp() - interval '1 hour'
           from generate_series(1, 100) as n"""
    )

    tick(instance)

    (spread,) = line.rows(
        "select max(next_retry_at) - min(next_retry_at) as apart from ops.dead_letters"
    )
    assert spread["apart"] > timedelta(seconds=5)


def test_the_account_of_a_market_is_not_asked_for_a_letter_alone(line, instance, buried):
    """A mart that still says RESOLVING settles nothing: only a retry's own look at the chain does."""
    line.chain.accounts["Market1"] = account(1, State.FINALIZED)
    tick(instance)

    tick(instance)

    assert letter(line)["status"] == "open"
