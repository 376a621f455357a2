"""Logs: one JSON object a line on stderr, with the trace id of what is being worked on.

The trace id travels with the data (a delivery's, then its rows', then its messages'), so one
`grep` follows a trade from webhook to WebSocket.
"""

import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from oddsline.scrub import scrub

TRACE = "trace_id"

#: Chatty at INFO without telling anything we do not log ourselves.
_QUIET = ("httpx", "httpx2", "httpcore", "uvicorn.access", "websockets", "alembic", "asyncio")


def configure(service: str, *, level: str = "INFO") -> None:
    """Set up logging for a process; the standard library's loggers come out the same way."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _scrubbed,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_dump),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def new_trace() -> str:
    """A fresh trace id: 32 hex digits, as W3C Trace Context has them."""
    return secrets.token_hex(16)


@contextmanager
def trace(trace_id: str | None = None) -> Iterator[str]:
    """Everything logged inside carries this trace id (a new one when none is given)."""
    chosen = trace_id or new_trace()
    with structlog.contextvars.bound_contextvars(**{TRACE: chosen}):
        yield chosen


def current_trace() -> str | None:
    """The trace id in force here, if any."""
    value = structlog.contextvars.get_contextvars().get(TRACE)
    return value if isinstance(value, str) else None


def _named(service: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {"service": service, **event}

    return add


def _scrubbed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    # structlog's own bookkeeping (`_record`, …) is not data and must keep its identity.
    return {k: v if k.startswith("_") else scrub({k: v})[k] for k, v in event.items()}


def _dump(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
