"""Logs: one JSON object a line on stderr, with the trace id of what is being worked on.

The trace id is the transaction's signature. It stands in the delivery, in raw's rows and in the
trade's message, so it travels with the data and nothing has to carry it besides: one `grep`
follows a trade from webhook to WebSocket. What goes wrong with one transaction says its trace id
at any level; the steps of those that go well are logged at DEBUG.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from oddsline.errors import reported
from oddsline.scrub import scrub

TRACE = "trace_id"

_steps = structlog.get_logger("oddsline.steps")

#: Chatty at INFO without telling anything we do not log ourselves.
#: uvicorn's also writes down queries of sockets (INFO) and every frame of theirs (DEBUG).
_QUIET = (
    "httpx", "httpx2", "httpcore", "uvicorn.access", "uvicorn.error", "websockets", "alembic",
    "asyncio",
)  # fmt: skip


def configure(service: str, *, level: str = "INFO") -> None:
    """Set up logging for a process; the standard library's loggers come out the same way."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        structlog.processors.StackInfoRenderer(),
        reported,
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


@contextmanager
def trace(trace_id: str | None) -> Iterator[None]:
    """Everything logged or reported inside carries this trace id, if there is one."""
    bound = {TRACE: trace_id} if trace_id else {}
    with structlog.contextvars.bound_contextvars(**bound):
        yield


def current_trace() -> str | None:
    """The trace id in force here, if any."""
    value = structlog.contextvars.get_contextvars().get(TRACE)
    return value if isinstance(value, str) else None


def follows() -> bool:
    """Whether the steps of single transactions are logged; to be asked once for many of them."""
    return logging.getLogger().isEnabledFor(logging.DEBUG)


def step(what: str, trace_id: str | None, **details: Any) -> None:
    """Log at DEBUG that a transaction has come so far; only where `follows` says so."""
    with trace(trace_id):
        _steps.debug(what, **details)


def trace_of(message: bytes | str) -> str | None:
    """The trace id in a message of the stream: a trade's; others tell of many transactions.

    Raises:
        ValueError: it is not JSON.
    """
    found = (orjson.loads(message).get("data") or {}).get("signature")
    return found if isinstance(found, str) else None


def _named(service: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {"service": service, **event}

    return add


def _scrubbed(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    # structlog's own bookkeeping (`_record`, …) is not data and must keep its identity.
    return {k: v if k.startswith("_") else scrub({k: v})[k] for k, v in event.items()}


def _dump(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
