"""One notification to one target, by apprise; imported only when there is something to send."""

import hashlib
import logging
from typing import TYPE_CHECKING

from orchestration.delivery.words import Notification

if TYPE_CHECKING:
    from apprise import NotifyBase

#: Seconds a target may take to connect and to answer, each.
PATIENCE_S = 10.0


class Undelivered(Exception):
    """The target did not take it; the message never holds the URL."""


def name_of(url: str) -> str:
    """How a target is called where others read: its scheme and a hash, since the URL is a secret."""
    scheme = url.partition("://")[0]
    return f"{scheme}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def send(url: str, notification: Notification) -> None:
    """Hand it over once; retrying is the caller's.

    Raises:
        Undelivered: the URL is none of apprise's, or the target refused or did not answer.
    """
    from apprise import Apprise, NotifyType

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it names hosts; we say what failed
    plugin = Apprise.instantiate(url)
    if not plugin:
        raise Undelivered("ODDSLINE_ALERT_URLS has a URL that apprise does not know")
    _prepare(plugin, notification.reference)
    kinds = {
        "critical": NotifyType.FAILURE,
        "warning": NotifyType.WARNING,
        "info": NotifyType.INFO,
        "resolved": NotifyType.SUCCESS,
    }
    try:
        taken = plugin.notify(
            notification.body, title=notification.title, notify_type=kinds[notification.worst]
        )
    except Exception as error:  # a plugin's own bug must not end the deliverer
        raise Undelivered(type(error).__name__) from error
    if not taken:
        raise Undelivered("refused, or no answer")


def _prepare(plugin: "NotifyBase", reference: str) -> None:
    plugin.socket_connect_timeout = plugin.socket_read_timeout = PATIENCE_S
    headers = getattr(plugin, "headers", None)
    if isinstance(headers, dict):
        headers["Idempotency-Key"] = reference  # what takes HTTP or mail can drop a repeat by it
