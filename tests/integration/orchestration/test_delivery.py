"""Alerts to a real SMTP server and a real HTTP server, through refusals and crashes."""

import dataclasses
from collections.abc import Iterator

import pytest

from oddsline import alerts, blocking
from oddsline.alerts import Alert
from oddsline.settings import Settings, load
from orchestration.delivery.deliver import Delivered, deliver
from orchestration.delivery.send import name_of, send
from tests.integration.orchestration.test_commands import said
from tests.support.sinks import Sinks, sinks

KEEPER = Alert("keeper_silent", "keeper", "critical", "the keeper does not work")
# apprise imports what Python deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:.*imghdr.*:DeprecationWarning")

DUE_NOW = "update ops.alert_targets set due_at = clock_timestamp()"


@pytest.fixture
def sunk() -> Iterator[Sinks]:
    """Both sinks, fresh."""
    with sinks() as made:
        yield made


@pytest.fixture
def known(line, sunk, monkeypatch) -> Settings:
    """The line's settings, with both sinks as targets."""
    monkeypatch.setenv("ODDSLINE_ALERT_URLS", sunk.urls)
    monkeypatch.setenv("ODDSLINE_RUNBOOK_URL", "https://docs.example/runbook")
    return load()


def fire(line, alert: Alert = KEEPER) -> None:
    with blocking.session(line.url, name="test") as connection:
        alerts.fire(connection, alert)


def resolve(line, alert: Alert = KEEPER) -> None:
    with blocking.session(line.url, name="test") as connection:
        alerts.resolve(connection, alert.rule, alert.subject)


def test_a_state_change_is_told_once_to_each_target_and_so_is_its_end(line, known, sunk):
    """Fired thrice and looked at thrice: one message, with severity and link; then one recovery."""
    for _ in range(3):
        fire(line)
        deliver(known)
    assert [post["title"] for post in sunk.posts] == ["[local] CRITICAL: keeper silent (keeper)"]
    assert "https://docs.example/runbook#keeper-silent" in sunk.posts[0]["message"]
    assert sunk.posts[0]["type"] == "failure"
    assert len(sunk.mails) == 1
    assert "the keeper does not work" in sunk.mails[0]

    resolve(line)
    deliver(known)
    deliver(known)

    assert [post["type"] for post in sunk.posts] == ["failure", "success"]
    assert "RESOLVED: keeper silent" in sunk.mails[1]
    (row,) = line.rows("select delivered_at, recovery_delivered_at, delivery_error from ops.alerts")
    assert row["delivered_at"] < row["recovery_delivered_at"]
    assert row["delivery_error"] is None


def test_another_severity_is_a_message_of_its_own(line, known, sunk):
    """A warning that becomes critical is told again; the same severity again is not."""
    warning = dataclasses.replace(KEEPER, severity="warning")
    for alert in (warning, KEEPER, KEEPER):
        fire(line, alert)
        deliver(known)

    assert [post["type"] for post in sunk.posts] == ["warning", "failure"]
    assert "its severity changed" in sunk.posts[1]["message"]


def test_a_target_that_refuses_is_asked_again_and_the_other_is_told_once(line, known, sunk):
    """It backs off, the others learn of it, and what waited arrives as one notification, in order."""
    sunk.status = 500
    fire(line)
    assert deliver(known) == Delivered(1, (name_of(sunk.http_url),))
    assert deliver(known) == Delivered(0, ())  # it backs off
    assert "undelivered: json-" in said("alerts")
    for _ in range(2):
        line.run(DUE_NOW)
        deliver(known)
    deliver(known)
    assert sunk.posts == []
    assert sunk.mailed("keeper silent") == 1
    assert sunk.mailed("alert undelivered") == 1
    (row,) = line.rows("select error, failures from ops.alert_targets where failures > 0")
    assert row == {"error": "refused, or no answer", "failures": 3}

    resolve(line)
    sunk.status = 200
    line.run(DUE_NOW)
    deliver(known)
    deliver(known)

    told = sunk.posts[0]["message"]
    assert told.index("CRITICAL: keeper silent") < told.index("RESOLVED: keeper silent")
    assert sunk.mailed("RESOLVED: alert undelivered") == 1
    assert line.rows("select count(*) as n from ops.alert_messages where settled_at is null") == [
        {"n": 0}
    ]


class Died(BaseException):
    """The deliverer ends between sending and noting it, as by kill -9."""


def test_who_dies_after_sending_sends_again_with_the_same_reference(line, known, sunk):
    """Nothing was noted, so nothing is lost; a target can drop the repeat by its key."""

    def send_and_die(url: str, notification) -> None:
        send(url, notification)
        raise Died

    fire(line)
    with pytest.raises(Died):
        deliver(known, send=send_and_die)
    deliver(known)

    assert sunk.mailed("keeper silent") == 2
    references = [mail.partition("reference ")[2].strip() for mail in sunk.mails]
    assert references[0] == references[1] == sunk.keys[0]
    assert len(sunk.posts) == 1


def test_a_storm_is_one_notification(line, known, sunk):
    """Thirty alerts at once: one message that counts them all and names twenty."""
    for number in range(30):
        fire(line, Alert("dead_letter", f"transition:{number}", "warning", "it failed"))
    deliver(known)

    assert [post["title"] for post in sunk.posts] == ["[local] 30 alerts, 0 recovered"]
    assert "and 10 more" in sunk.posts[0]["message"]


def test_without_targets_nothing_waits_and_a_new_target_hears_of_what_comes(
    line, known, sunk, monkeypatch
):
    """What fired while nobody was to be told is not poured over the first target."""
    monkeypatch.setenv("ODDSLINE_ALERT_URLS", "")
    fire(line)
    deliver(load())
    assert "told nobody" in said("alerts")

    fire(line, Alert("market_held", "m", "warning", "held"))
    deliver(known)

    assert [post["title"] for post in sunk.posts] == ["[local] WARNING: market held (m)"]


def test_no_secret_of_a_url_is_stored_or_listed(line, sunk, monkeypatch):
    """A URL that apprise does not know is an error that names no URL."""
    monkeypatch.setenv("ODDSLINE_ALERT_URLS", "nosuch://user:hunter2@host/")
    fire(line)
    deliver(load())

    kept = line.rows("select to_jsonb(t)::text as row from ops.alert_targets as t")[0]["row"]
    assert "apprise does not know" in kept
    assert "hunter2" not in kept + said("alerts")


def test_an_operator_tests_every_target_by_one_command(line, known, sunk):
    """Each is named with what it answered."""
    shown = said("alerts", "--test")

    assert shown.count("delivered") == 2
    assert (len(sunk.posts), len(sunk.mails)) == (1, 1)
