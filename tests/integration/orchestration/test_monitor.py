"""The monitor as Dagster runs it: its sensor, its job, a real database."""

from pathlib import Path

import dagster as dg
import pytest
import yaml

from chain.program.states import State
from orchestration import home
from orchestration.monitor import planning
from orchestration.monitor.definitions import RETRIES
from tests.integration.orchestration.conftest import DONE, NOW, account, market_id
from tests.integration.orchestration.monitoring import launch, outcomes, tick

pytestmark = pytest.mark.filterwarnings("default")


def test_a_market_past_its_dispute_period_is_finalized(line, keeper, instance):
    """Sensor, run, intent, keeper: the run succeeds and names each market's transaction."""
    line.market(1, State.RESOLVING)
    keeper()

    (request,) = tick(instance).run_requests
    run = launch(instance, request)

    assert run.success
    assert line.intents() == [
        {"market_address": "Market1", "action": "finalize_market", "state": "done"}
    ]
    assert outcomes(run)[market_id(1)]["state"] == "done"
    assert outcomes(run)[market_id(1)]["detail"].startswith("sig-")
    (intent,) = line.rows("select args, role, round, run_id from ops.transitions")
    assert intent == {
        "args": {"dispute_agree": None, "dispute_disagree": None},
        "role": "backend",
        "round": "opened-Market1",
        "run_id": run.run_id,
    }


def test_nothing_due_asks_for_nothing(line, instance):
    """A market inside its dispute period, and one that is still traded, are left alone."""
    line.market(
        1, State.RESOLVING, on_chain=account(1, State.RESOLVING, resolution_proposed_at=NOW)
    )

    skipped = tick(instance)

    assert isinstance(skipped, dg.SkipReason)
    assert str(NOW) in (skipped.skip_message or "")


def test_what_was_asked_for_is_not_asked_for_twice(line, instance):
    """Two looks before the run has written its intents make one run."""
    line.market(1, State.RESOLVING)
    first = tick(instance)

    assert isinstance(tick(instance, first.cursor), dg.SkipReason)
    line.market(2, State.RESOLVING)
    (second,) = tick(instance, first.cursor).run_requests
    assert [
        m["market_address"]
        for m in second.run_config["ops"]["advance_markets"]["config"]["markets"]
    ] == ["Market2"]


def test_a_cursor_of_garbage_is_no_reason_to_stop(line, instance):
    """Whatever lies in the cursor, due markets are found."""
    line.market(1, State.RESOLVING)

    for garbage in ("", "{", "[1]", '{"Market1": "never"}', "null"):
        assert len(tick(instance, garbage).run_requests) == 1


def test_the_account_is_the_judge_not_the_mart(line, keeper, instance):
    """One moved by somebody else, one gone, one sound: only the last is sent."""
    line.market(1, State.RESOLVING)
    line.market(2, State.RESOLVING)
    line.market(3, State.RESOLVING)
    keeper()
    (request,) = tick(instance).run_requests
    line.chain.accounts["Market1"] = account(1, State.FINALIZED)
    del line.chain.accounts["Market2"]

    run = launch(instance, request)

    assert run.success
    assert [row["market_address"] for row in line.intents()] == ["Market3"]
    found = outcomes(run)
    assert "FINALIZED" in found[market_id(1)]["detail"]
    assert "GONE" in found[market_id(2)]["detail"]


def test_a_changed_dispute_period_counts_within_the_run(line, keeper, instance):
    """The sensor saw the market due; GlobalConfig changed before the run: nothing is sent."""
    line.market(1, State.RESOLVING)
    keeper()
    (request,) = tick(instance).run_requests
    line.chain.config = line.chain.config.__class__(
        **{f: getattr(line.chain.config, f) for f in line.chain.config.__slots__}
        | {"dispute_period": 9999}
    )

    assert launch(instance, request).success
    assert line.intents() == []


def test_an_approved_market_is_activated(line, keeper, instance):
    """By the activator's key."""
    line.market(1, State.APPROVED, on_chain=account(1, State.APPROVED, approved_at=NOW - 5))
    keeper()

    (request,) = tick(instance).run_requests
    assert launch(instance, request).success

    assert line.rows("select action, role, state::text from ops.transitions") == [
        {"action": "activate_market", "role": "activator", "state": "done"}
    ]


def test_a_failure_that_passes_is_retried_by_the_step(line, keeper, instance):
    """Two failures and a success are one successful run and no dead letter."""
    line.market(1, State.RESOLVING)
    keeper(
        lambda _, attempt: DONE if attempt == 3 else ("failed", "BlockhashNotFound", "Transient")
    )
    (request,) = tick(instance).run_requests

    run = launch(instance, request)

    assert run.success
    assert line.rows("select attempts, state::text from ops.transitions") == [
        {"attempts": 3, "state": "done"}
    ]
    assert line.rows("select id from ops.dead_letters") == []


def test_a_permanent_failure_goes_to_the_dead_letters_and_its_neighbours_on(line, keeper, instance):
    """No retry can help it: it is buried at once, the run fails and says so, the others are done."""
    line.market(1, State.RESOLVING)
    line.market(2, State.RESOLVING)
    keeper(
        lambda market, _: DONE if market == "Market2" else ("failed", "Unauthorized", "Permanent")
    )
    (request,) = tick(instance).run_requests

    run = launch(instance, request)

    assert not run.success
    assert {row["market_address"]: row["state"] for row in line.intents()} == {
        "Market1": "dead",
        "Market2": "done",
    }
    (letter,) = line.rows(
        "select kind, reason, class, status, attempts, payload from ops.dead_letters"
    )
    assert letter["reason"] == "Unauthorized"
    assert (letter["kind"], letter["class"], letter["status"]) == (
        "transition",
        "Permanent",
        "open",
    )
    assert letter["payload"]["market_id"] == market_id(1)
    assert outcomes(run)[market_id(1)]["detail"] == "Unauthorized"


def test_an_intent_once_written_is_never_looked_for_again(line, keeper, instance):
    """Done but not yet folded, dead, or open: the keeper and the dead letters have it in hand."""
    line.market(1, State.RESOLVING)
    keeper()
    launch(instance, tick(instance).run_requests[0])

    assert isinstance(tick(instance), dg.SkipReason)


def test_the_same_run_twice_writes_one_intent(line, keeper, instance):
    """A run that is repeated after a crash finds what it wrote."""
    line.market(1, State.RESOLVING)
    keeper()
    (request,) = tick(instance).run_requests

    launch(instance, request)
    again = launch(instance, request)

    assert again.success
    assert len(line.intents()) == 1


def test_a_run_without_a_keeper_fails_and_loses_nothing(line, instance, monkeypatch):
    """The intent stays open for whichever keeper comes; it is no dead letter."""
    monkeypatch.setenv("ODDSLINE_MONITOR_WAIT_S", "0.1")
    line.market(1, State.RESOLVING)

    run = launch(instance, tick(instance).run_requests[0])

    assert not run.success
    assert line.intents()[0]["state"] == "open"
    assert line.rows("select id from ops.dead_letters") == []


def test_the_oldest_due_come_first_and_the_rest_in_further_batches(line, instance, monkeypatch):
    """No market waits behind one that became due after it."""
    monkeypatch.setenv("ODDSLINE_MONITOR_BATCH", "2")
    for number, age in ((1, 100), (2, 300), (3, 200)):
        line.market(
            number,
            State.RESOLVING,
            on_chain=account(number, State.RESOLVING, resolution_proposed_at=NOW - 1000 - age),
        )

    requests = tick(instance).run_requests

    markets = [
        [m["market_address"] for m in r.run_config["ops"]["advance_markets"]["config"]["markets"]]
        for r in requests
    ]
    assert markets == [["Market2", "Market3"], ["Market1"]]
    assert len({request.run_key for request in requests}) == 2


def test_the_same_markets_within_a_minute_or_two_are_one_run_to_dagster(line, instance):
    """A sensor that lost its cursor asks again under the same key, which Dagster runs once."""
    line.market(1, State.RESOLVING)
    line.market(2, State.RESOLVING)

    keys = {
        planning.run_key(batch, 1200.0 + age) for age in (0, 119) for batch in batches(instance)
    }
    later = {planning.run_key(batch, 1320.0) for batch in batches(instance)}

    assert len(keys) == 1
    assert keys.isdisjoint(later)


def batches(instance):
    """What two ticks without a cursor ask for, as candidates."""
    for _ in range(2):
        (request,) = tick(instance).run_requests
        yield [
            planning.Candidate(**market)
            for market in request.run_config["ops"]["advance_markets"]["config"]["markets"]
        ]


def test_markets_whose_account_says_otherwise_do_not_stand_in_the_way(
    line, keeper, instance, monkeypatch
):
    """Two that are due by the mart alone rest after their look; the next tick takes the third."""
    monkeypatch.setenv("ODDSLINE_MONITOR_BATCH", "1")
    monkeypatch.setattr("orchestration.monitor.definitions.BATCHES", 2)
    for number, age in ((1, 300), (2, 200), (3, 100)):
        resolved = account(number, State.RESOLVING, resolution_proposed_at=NOW - 1000 - age)
        line.market(number, State.RESOLVING, on_chain=resolved)
    for number in (1, 2):
        line.chain.accounts[f"Market{number}"] = account(number, State.CANCELLED)
    keeper()

    first = tick(instance)
    for request in first.run_requests:
        assert launch(instance, request).success
    (second,) = tick(instance, first.cursor).run_requests
    assert launch(instance, second).success

    assert [row["market_address"] for row in line.intents()] == ["Market3"]


def test_retries_wait_longer_and_longer_and_not_all_alike():
    """One layer for a step: exponential, with jitter; a crashed worker's run is Dagster's to retry."""
    assert RETRIES.max_retries == 3
    assert RETRIES.backoff is dg.Backoff.EXPONENTIAL
    assert RETRIES.jitter is dg.Jitter.PLUS_MINUS
    waits = {number: {RETRIES.calculate_delay(number) for _ in range(20)} for number in (1, 2, 3)}
    assert all(len(found) > 1 for found in waits.values())
    assert max(waits[3]) > max(waits[1])
    settings = yaml.safe_load(Path(home.__file__).with_name("dagster.yaml").read_text())
    assert settings["run_retries"]["max_retries"] == 2
    assert settings["run_retries"]["retry_on_asset_or_op_failure"] is False
    assert settings["run_monitoring"]["enabled"] is True
