"""Error tracking by Sentry: off without a DSN, never sending secrets."""

from typing import TYPE_CHECKING, Any

from oddsline.scrub import scrub
from oddsline.settings import Settings

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint


def init(settings: Settings, service: str) -> bool:
    """Report unhandled errors and `log.error` of this process; true when a DSN is set."""
    if not settings.sentry_dsn:
        return False
    import sentry_sdk

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


def capture(error: BaseException, **tags: str) -> None:
    """Report an error that was handled but that somebody should know of."""
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        for name, value in tags.items():
            scope.set_tag(name, value)
        sentry_sdk.capture_exception(error)


def report(kind: str, message: str, stack: str, **tags: str) -> None:
    """Report an error that is known by its text alone: it was raised in another process.

    Args:
        kind: the error's class.
        message: its text.
        stack: its stack, one text.
        tags: what to find it by; with ``kind`` they group equal errors, but for ``run_id``.
    """
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
