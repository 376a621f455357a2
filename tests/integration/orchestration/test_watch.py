"""The watch on a real database: what it counts, what it tells, and the checks that Dagster shows."""

import dagster as dg
import pytest

from chain.program.states import State
from oddsline import blocking
from orchestration import home
from orchestration.monitor import held
from orchestration.monitor.due import Periods
from orchestration.monitor.holds import Hold
from orchestration.watch import definitions as watch
from orchestration.watch import facts, symptoms, telling
from orchestration.watch.symptoms import Symptom
from tests.integration.orchestration.conftest import NOW, FakeChain, Line, account, market_id

pytestmark = pytest.mark.filterwarnings("default")

PERIODS = Periods(dispute_s=1000, voting_s=1000)


def resolved(number: int, ago: int):
    """An account whose outcome was proposed so many seconds ago."""
    return account(number, State.RESOLVING, resolution_proposed_at=NOW - ago)


def transition(
    line: Line, number: int, state: str, *moves: tuple[str | None, str, str, str]
) -> int:
    """An intent with its history: (from, to, detail as JSON, age as interval) for each move."""
    (row,) = line.rows(
        """insert into ops.transitions (idempotency_key, market_id, market_address, action, role, state)
           values (%(key)s, %(market)s, %(address)s, 'finalize_market', 'backend',
               %(state)s::ops.transition_state) returning id""",
        key=f"key-{number}",
        market=market_id(number),
        address=f"Market{number}",
        state=state,
    )
    for before, after, detail, age in moves:
        line.run(
            """insert into ops.transition_history (transition_id, from_state, to_state, detail, at)
               values (%(id)s, %(before)s, %(after)s, %(detail)s, now() - %(age)s::interval)""",
            id=row["id"],
            before=before,
            after=after,
            detail=detail,
            age=age,
        )
    return int(row["id"])


def test_a_market_is_stuck_after_its_grace_unless_a_person_holds_it(line: Line):
    """Three are late; one within the grace, one held: one is counted, with its intent's state."""
    for number, ago in ((1, 1000 + 901), (2, 1000 + 899), (3, 1000 + 5000)):
        line.market(number, State.RESOLVING, on_chain=resolved(number, ago))
    transition(line, 1, "dead")
    with blocking.session(line.url, name="test") as connection:
        held.place(connection, market_id(3), Hold("operator", "look at it"))
        found = facts.stuck(connection, PERIODS, now=NOW, grace_s=900)

    assert found.count == 1
    (one,) = found.sample
    assert one["market_id"] == market_id(1)
    assert one["late_s"] == 901
    assert (one["state"], one["action"], one["intent"]) == ("RESOLVING", "finalize_market", "dead")


def test_the_count_is_exact_and_the_sample_is_capped(line: Line):
    """25 stuck markets: all are counted, the oldest 20 are shown."""
    for number in range(1, 26):
        line.market(number, State.RESOLVING, on_chain=resolved(number, 3000 + number))
    with blocking.session(line.url, name="test") as connection:
        found = facts.stuck(connection, PERIODS, now=NOW, grace_s=900)

    assert found.count == 25
    assert len(found.sample) == facts.SAMPLE
    assert found.sample[0]["market_id"] == market_id(25)


def test_a_transaction_that_fails_again_and_again_is_seen_until_somebody_closes_it(line: Line):
    """Failures and expiries count together; done ones and closed letters do not."""
    failed = ("leased", "failed", '{"error": "Unauthorized"}', "1 minute")
    expired = ("sent", "leased", '{"expired": "a"}', "1 minute")
    transition(line, 1, "dead", failed, failed, expired)
    transition(line, 2, "failed", failed, failed)
    transition(line, 3, "done", failed, failed, failed)
    transition(line, 4, "dead", failed, failed, failed)
    with blocking.session(line.url, name="test") as connection:
        blocking.run(
            connection,
            """insert into ops.dead_letters (kind, key, payload, reason, class, status)
               values ('transition', 'key-4', '{}', 'r', 'Permanent', 'resolved')""",
        )
        found = facts.failing(connection, 3)

    assert found.count == 1
    assert found.sample[0]["market_id"] == market_id(1)
    assert found.sample[0]["times"] == 3


def test_success_and_trends_follow_from_the_history(line: Line):
    """A mended failure is a success of the rate and a failure of the trend, by its name."""
    taken = ("open", "leased", "{}", "5 minutes")
    sent = ("leased", "sent", '{"signature": "a", "fee_lamports": 5000}', "4 minutes")
    failed = ("sent", "failed", '{"error": "InvalidMarketState"}', "3 minutes")
    done = ("sent", "done", '{"how": "landed"}', "2 minutes")
    transition(line, 1, "done", taken, sent, failed, taken, sent, done)
    transition(line, 2, "failed", taken, failed)
    with blocking.session(line.url, name="test") as connection:
        windows = {one.time_window: one for one in facts.success(connection)}
        (trend,) = facts.trends(connection)

    assert (windows["1h"].ended, windows["1h"].succeeded) == (2, 1)
    assert symptoms.success(windows.values(), least=2)[0].rule == symptoms.SUCCESS_RATE_LOW
    assert trend.failures == {"InvalidMarketState": 2}
    assert (trend.attempts, trend.succeeded, trend.fees) == (3, 1, 10000)
    assert trend.seconds_to_land_p95 == pytest.approx(120, abs=1)
    assert trend.double_sends == 0


def test_two_signatures_of_one_intent_with_events_on_chain_are_a_double_send(line: Line):
    """Counted from the chain's events against what was signed, whatever anybody noted."""
    line.market(1, State.RESOLVING, on_chain=resolved(1, 10))
    for place, name in enumerate(("a", "b"), 2):
        line.run(
            """insert into marts.lifecycle_events (event_id, market_id, market_address, signature,
                   event, to_state, slot, tx_index, position, chain_order, occurred_at)
               values (%(name)s, %(market)s, 'Market1', %(name)s, 'MarketFinalized', 'FINALIZED',
                   %(place)s, 0, 0, %(place)s, now())""",
            name=name,
            market=market_id(1),
            place=place,
        )
    signed = [
        ("leased", "sent", f'{{"signature": "{name}", "fee_lamports": 1}}', "1 minute")
        for name in ("a", "b", "never-landed")
    ]
    transition(line, 1, "done", *signed)
    with blocking.session(line.url, name="test") as connection:
        (trend,) = facts.trends(connection)

    assert trend.double_sends == 1


def test_ticks_and_heartbeats_are_read_from_dagsters_own_tables(
    bare_database: str, tmp_path, monkeypatch
):
    """Written by Dagster itself, read without importing it; nothing before it has ever run."""
    with blocking.session(bare_database, name="test") as connection:
        assert facts.daemons(connection) == {}
        assert facts.ticks(connection) == ()
    for name, value in home.prepare(tmp_path / "dagster", bare_database).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        beat(instance, "SENSOR")
    with blocking.session(bare_database, name="test") as connection:
        fresh = facts.daemons(connection)
        blocking.run(
            connection,
            """update dagster.daemon_heartbeats set "timestamp" = "timestamp" - interval '1 hour'""",
        )
        old = facts.daemons(connection)

    assert 0 <= fresh["SENSOR"] < 60
    assert 3600 <= old["SENSOR"] < 3660


def beat(instance: dg.DagsterInstance, daemon: str) -> None:
    """A heartbeat as Dagster's daemon writes it."""
    import time

    from dagster._daemon.types import DaemonHeartbeat

    instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), daemon, "id", None))


def test_an_alert_fires_once_and_resolves_when_its_symptom_is_gone(line: Line):
    """Rules that were not judged keep their alerts."""
    stuck = Symptom(symptoms.MARKET_STUCK, "markets", "critical", "one is stuck")
    silent = Symptom(symptoms.KEEPER_SILENT, "keeper", "critical", "silent")
    looks: list[dict[str, list[Symptom]]] = [
        {symptoms.MARKET_STUCK: [stuck], symptoms.KEEPER_SILENT: [silent]},
        {symptoms.MARKET_STUCK: [stuck], symptoms.KEEPER_SILENT: []},
        {symptoms.KEEPER_SILENT: []},
    ]
    for judged in looks:
        with blocking.session(line.url, name="test") as connection:
            telling.tell(connection, judged)

    told = line.rows("select rule, state, runbook_url from ops.alerts order by rule")
    assert told == [
        {
            "rule": "keeper_silent",
            "state": "resolved",
            "runbook_url": "docs/runbook.md#keeper-silent",
        },
        {"rule": "market_stuck", "state": "firing", "runbook_url": "docs/runbook.md#market-stuck"},
    ]


def test_the_checks_show_counts_a_sample_and_the_runbook(line: Line, chain: FakeChain, monkeypatch):
    """On the asset ops/transitions: the stuck market's check fails as an error, others pass."""
    monkeypatch.setattr(watch, "ChainView", lambda *_: chain)
    line.market(1, State.RESOLVING, on_chain=resolved(1, 90_000))
    defs = dg.Definitions.merge(
        watch.definitions(), dg.Definitions(executor=dg.in_process_executor)
    )
    with dg.DagsterInstance.ephemeral() as instance:
        done = defs.resolve_job_def("watch_transitions_job").execute_in_process(instance=instance)

    found = {one.check_name: one for one in done.get_asset_check_evaluations()}
    assert found.keys() == watch.CHECKS.keys()
    stuck = found["due_markets_move"]
    assert not stuck.passed
    assert stuck.severity is dg.AssetCheckSeverity.ERROR
    assert stuck.metadata["runbook"].value == "docs/runbook.md#market-stuck"
    details = stuck.metadata["details"].value
    assert isinstance(details, list)
    (shown,) = details
    assert shown["count"] == 1
    assert shown["sample"][0]["market_id"] == market_id(1)
    assert not found["keeper_lives"].passed  # none runs here
    assert found["success_rate_holds"].passed
    assert found["nothing_lands_twice"].passed
    firing = line.rows("select rule from ops.alerts where state = 'firing' order by rule")
    assert [row["rule"] for row in firing] == ["daemon_silent", "keeper_silent", "market_stuck"]


def test_while_the_chain_is_away_markets_are_not_judged(line: Line, monkeypatch):
    """The check does not pass and says why, as a warning; nothing else is lost."""
    line.run("select 1")
    monkeypatch.setenv("ODDSLINE_RPC_URL", "http://127.0.0.1:1")

    shown = watch.result(
        "due_markets_move", symptoms.MARKET_STUCK, watch.look_now().get(symptoms.MARKET_STUCK)
    )

    assert not shown.passed
    assert shown.severity is dg.AssetCheckSeverity.WARN
    assert shown.metadata is not None
    assert "unknown" in shown.metadata
