"""Deliver what waits: at least once to each target, in order, through crashes and refusals."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import structlog

from oddsline import alerts, blocking
from oddsline.settings import Settings
from orchestration.delivery import outbox
from orchestration.delivery.send import Undelivered, name_of, send
from orchestration.delivery.words import Notification, notification

ALERT_RULE = "alert_undelivered"
#: Refusals in a row after which the other targets are told.
TELL_AFTER = 3
log = structlog.get_logger(__name__)

Send = Callable[[str, Notification], None]


class Delivered(NamedTuple):
    """What one pass did: messages that arrived, targets that did not take theirs."""

    messages: int
    failed: tuple[str, ...]


def deliver(known: Settings, *, send: Send = send) -> Delivered:
    """One pass over all targets.

    A target's messages are sent while its row is locked and marked in the same transaction: who
    dies between the two sends them again, with the same reference.

    Raises:
        psycopg2.Error: the database is away.
    """
    targets = {name_of(url): url for url in known.alert_targets}
    with blocking.session(known.database_url, name="alerts") as connection:
        if not outbox.waits(connection):
            return Delivered(0, ())
        outbox.know(connection, list(targets))
    arrived = {name: _tell(known, name, url, send) for name, url in targets.items()}
    with blocking.session(known.database_url, name="alerts") as connection:
        outbox.settle(connection, list(targets))
    return _summed(arrived)


def _tell(known: Settings, name: str, url: str, send: Send) -> int | None:
    """Messages a target took now; None = it did not take them."""
    with blocking.session(known.database_url, name="alerts") as connection:
        waiting = outbox.take(connection, name)
        if not waiting:
            return 0
        try:
            send(url, notification(waiting, known.runbook_url, known.environment))
        except Undelivered as refused:
            log.warning("alert_undelivered", target=name, error=str(refused))
            failures = outbox.failed(connection, name, waiting, str(refused))
            if failures >= TELL_AFTER:
                alerts.fire(connection, _alert(name, refused))
            return None
        outbox.delivered(connection, name, waiting)
        alerts.resolve(connection, ALERT_RULE, name)
        return len(waiting)


def _alert(name: str, refused: Undelivered) -> alerts.Alert:
    return alerts.Alert(ALERT_RULE, name, "warning", f"{name} does not take alerts: {refused}")


def _summed(arrived: Mapping[str, int | None]) -> Delivered:
    failed = tuple(name for name, count in arrived.items() if count is None)
    return Delivered(sum(count or 0 for count in arrived.values()), failed)
