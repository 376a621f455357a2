"""Error tracking by Sentry: off without a DSN, never sending secrets."""

import sys
from typing import TYPE_CHECKING, Any

from structlog.typing import EventDict, WrappedLogger

from oddsline.scrub import scrub
from oddsline.settings import Settings

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint


def init(settings: Settings, service: str) -> bool:
    """Report this process's unhandled errors and what it logs as one; true when a DSN is set."""
    if not settings.sentry_dsn:
        return False
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    if sentry_sdk.is_initialized():
        return True
    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        release=settings.release,
        environment=settings.environment,
        server_name=service,
        send_default_pii=False,
        include_local_variables=False,  # they hold payloads, keys and connection strings
        before_send=before_send,
        traces_sample_rate=0,
        # `reported` tells of what is logged; a framework's hook would tell of it again.
        integrations=[LoggingIntegration(event_level=None)],
        auto_enabling_integrations=False,
        shutdown_timeout=2,
    )
    sentry_sdk.set_tag("service", service)
    return True


def before_send(event: "Event", _hint: "Hint | dict[str, Any]") -> "Event | None":
    """The event without secrets, tagged with the trace it belongs to."""
    from oddsline.logs import TRACE, current_trace

    scrubbed: Event = scrub(event)
    trace_id = current_trace()
    if trace_id:
        scrubbed.setdefault("tags", {})[TRACE] = trace_id
    return scrubbed


def reported(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A step of the log: what is logged as an error is reported, by its exception if it has one."""
    if event["level"] in {"error", "critical"} and "sentry_sdk" in sys.modules:
        _capture(event)
    return event


def _capture(event: EventDict) -> None:
    import sentry_sdk

    details = {k: v for k, v in event.items() if k != "exc_info" and not k.startswith("_")}
    with sentry_sdk.new_scope() as scope:
        scope.set_context("log", details)
        if error := _exception(event.get("exc_info")):
            sentry_sdk.capture_exception(error)
        else:
            sentry_sdk.capture_message(str(event["event"]), level="error")


def _exception(told: Any) -> BaseException | None:
    """The exception that a log's `exc_info` means: itself, the one at hand, or the triple's."""
    if told is True:
        return sys.exc_info()[1]
    if isinstance(told, tuple):
        return told[1] if isinstance(told[1], BaseException) else None
    return told if isinstance(told, BaseException) else None


def report(kind: str, message: str, stack: str, **tags: str) -> None:
    """Report an error that is known by its text alone: it was another process's.

    Args:
        kind: the error's class.
        message: its text.
        stack: its stack, one text.
        tags: what to find it by; with ``kind`` they group equal errors, but for ``run_id``.
    """
    if "sentry_sdk" not in sys.modules:
        return  # nobody called `init`, and its import takes a third of a second
    import sentry_sdk

    grouped = [value for name, value in sorted(tags.items()) if name != "run_id"]
    sentry_sdk.capture_event(
        {
            "level": "error",
            "exception": {"values": [{"type": kind, "value": message}]},
            "fingerprint": [kind, *grouped],
            "tags": tags,
            "extra": {"stack": stack},
        }
    )


def flush(timeout: float = 2.0) -> None:
    """Send what is queued, before a process ends."""
    import sentry_sdk

    sentry_sdk.flush(timeout)
