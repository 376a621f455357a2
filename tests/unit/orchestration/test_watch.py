"""From facts to symptoms: what alerts, what does not, and how it is counted."""

import dataclasses
import re
from pathlib import Path

import pytest

from oddsline.alerts import Alert
from orchestration.watch import symptoms
from orchestration.watch.facts import Counted, Facts, Success, Tick, Trend
from orchestration.watch.symptoms import Limits
from tests.integration.orchestration.conftest import CONFIG

ROOT = Path(__file__).parents[3]
WELL = Facts(stuck=Counted(), daemons={"SENSOR": 20.0}, keeper_silent_s=0.2)


def rules(facts: Facts, *, watched_s: float = 1000) -> set[str]:
    """The rules that have a symptom."""
    judged = symptoms.all_of(facts, Limits(), watched_s=watched_s)
    return {rule for rule, found in judged.items() if found}


def test_a_line_that_works_has_no_symptom():
    """Nothing is stuck, everybody speaks, nothing has ended yet."""
    assert rules(WELL) == set()


def test_the_count_is_exact_where_the_sample_is_capped():
    """3,000 stuck markets are told as 3,000, with the few that were read."""
    sample = ({"market_id": "m", "late_s": 5000.0},)
    (one,) = symptoms.markets(Counted(3000, sample))

    assert one.details == {"count": 3000, "sample": [dict(sample[0])]}
    assert one.summary.startswith("3000 markets")
    assert one.severity == "critical"


def test_markets_are_not_judged_while_the_chain_does_not_say_what_time_it_is():
    """The rule is absent, so its alert is left as it is: neither fired nor resolved."""
    judged = symptoms.all_of(Facts(stuck=None), Limits(), watched_s=0)

    assert symptoms.MARKET_STUCK not in judged


def test_a_daemon_that_is_silent_or_never_spoke_is_dead():
    """One silent thread is enough; one that was never heard of counts since we look."""
    dead = Facts(daemons={"SENSOR": 121.0, "SCHEDULER": 3.0}, keeper_silent_s=0)
    never = Facts(keeper_silent_s=0)

    assert rules(dead) == {symptoms.DAEMON_SILENT}
    assert rules(never, watched_s=121) == {symptoms.DAEMON_SILENT}
    assert rules(never, watched_s=30) == set()
    assert rules(dead, watched_s=29) == set()  # a line that begins after a night is given time


def test_a_keeper_that_is_silent_or_gone_is_dead():
    """A frozen one is connected and silent; a killed one is not connected."""
    frozen = Facts(daemons={"SENSOR": 1.0}, keeper_silent_s=16)
    gone = Facts(daemons={"SENSOR": 1.0}, keeper_silent_s=None)

    assert rules(frozen) == {symptoms.KEEPER_SILENT}
    assert rules(gone) == {symptoms.KEEPER_SILENT}
    assert rules(gone, watched_s=5) == set()
    (one,) = symptoms.keeper(None, 15, watched_s=float("inf"))
    assert "no keeper is connected" in one.summary


@pytest.mark.parametrize(
    ("tick", "wrong"),
    [
        (Tick("due_markets", "sensor", silent_s=50, usual_s=5), False),
        (Tick("due_markets", "sensor", silent_s=71, usual_s=5), True),
        (Tick("count_votes", "schedule", silent_s=650, usual_s=300), False),
        (Tick("count_votes", "schedule", silent_s=700, usual_s=300), True),
        (Tick("count_votes", "schedule", silent_s=1, usual_s=300, failed=2), False),
        (Tick("count_votes", "schedule", silent_s=1, usual_s=300, failed=3), True),
        (Tick("audit_in_full", "schedule", silent_s=5000, usual_s=None), False),
    ],
)
def test_a_tick_is_missed_after_twice_its_usual_pause_and_a_minute(tick: Tick, wrong: bool):
    """Each by its own rhythm, which one tick does not tell; three that failed are as good as none."""
    assert bool(symptoms.ticks([tick], 60)) is wrong


@pytest.mark.parametrize(
    ("silent_s", "usual_s", "wrong"), [(1250, 600, False), (1270, 600, True), (9000, None, False)]
)
def test_a_suite_is_stale_by_its_own_rhythm(silent_s: float, usual_s: float | None, wrong: bool):
    """Judged every ten minutes, it is late after twenty-one; the first judging is no rhythm."""
    assert bool(symptoms.stale([Tick("landing", "suite", silent_s, usual_s)], 60)) is wrong


def test_marts_that_lack_what_has_landed_are_behind():
    """By the age of the oldest row that waits."""
    assert rules(dataclasses.replace(WELL, fold_lag_s=29.0)) == set()
    assert rules(dataclasses.replace(WELL, fold_lag_s=31.0)) == {symptoms.FOLD_BEHIND}


def test_gaps_and_a_ledger_that_does_not_look_for_them_are_two_symptoms():
    """A ledger that has never begun is none: nobody asked for one yet."""
    gaps = Counted(3, ({"from_slot": 5, "age_s": 900},))

    found = symptoms.completeness(gaps, 301.0, 300)

    assert [(one.subject, one.severity) for one in found] == [
        ("slots", "warning"),
        ("ledger", "critical"),
    ]
    assert found[0].details == {"count": 3, "sample": [dict(gaps.sample[0])]}
    assert symptoms.completeness(Counted(), None, 300) == []


@pytest.mark.parametrize(
    ("ended", "succeeded", "alerts"),
    [
        (0, 0, False),
        (2, 1, False),
        (19, 0, False),
        (20, 19, True),
        (100, 99, False),
        (1000, 989, True),
    ],
)
def test_the_success_rate_alerts_below_99_percent(ended: int, succeeded: int, alerts: bool):
    """Of the last hour; an hour with hardly a transition is no rate."""
    windows = [Success("24h", 10, 0), Success("1h", ended, succeeded)]

    assert bool(symptoms.success(windows, least=20)) is alerts


def test_a_double_send_is_named_by_its_action():
    """Counted over all time: it must be 0."""
    trends = (
        Trend("finalize_market", 1, 1, 0, 0.0, None, 1, {}),
        Trend("approve_proposal", 1, 1, 0, 0.0, None, 0, {}),
    )
    (one,) = symptoms.doubles(Facts(trends=trends))

    assert one.details == {"by_action": {"finalize_market": 1}}


def test_each_key_that_the_configuration_does_not_name_is_a_symptom():
    """By role; a role that the configuration does not know is not judged."""
    ours = {"admin": "Admin", "backend": "Somebody", "payer": "Anybody"}
    (one,) = symptoms.authority(ours, CONFIG)

    assert one.subject == "backend"
    assert one.details == {"ours": "Somebody", "chain": "Backend"}


def alert_rules() -> set[str]:
    """Every rule that is fired anywhere in the code."""
    named = re.compile(r'^(?:ALERT_)?RULE\w* = "(\w+)"|^[A-Z_]+ = "(\w+_\w+)"$', re.MULTILINE)
    watched = named.findall((ROOT / "orchestration/watch/symptoms.py").read_text())
    others = re.compile(r'^ALERT_RULE = "(\w+)"', re.MULTILINE)
    found = {one for pair in watched for one in pair if one}
    for room in ("orchestration", "checks", "ingestion", "votes", "api"):
        for path in (ROOT / room).rglob("*.py"):
            found |= set(others.findall(path.read_text()))
    return found


def test_every_alert_leads_to_a_chapter_of_the_runbook():
    """The link that an alert carries is a heading there."""
    text = (ROOT / "docs/runbook.md").read_text()
    headings = {
        line.removeprefix("## ").lower().replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("## ")
    }
    links = {Alert(rule, "", "info", "").runbook_url.partition("#")[2] for rule in alert_rules()}

    assert {"market-stuck", "dead-letter", "check-failed"} <= links
    assert links <= headings
