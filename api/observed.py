"""Request logs and metrics: by route template, with request and key id, without secrets."""

import asyncio
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Histogram

from oddsline import metrics

if TYPE_CHECKING:
    from api.front import Seen

REQUESTS = Counter("oddsline_api_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "oddsline_api_request_seconds", "From first byte to last", ["route"],
    buckets=metrics.LATENCY_BUCKETS,
)  # fmt: skip
KEPT = Counter("oddsline_api_kept_answers", "Requests answered from memory", ["status"])

log = structlog.get_logger("api.requests")


class Observer:
    """Counts every request; logs each that did work (kept answers are only counted)."""

    def __init__(self) -> None:
        self._kept = {status: KEPT.labels(str(status)) for status in (200, 304)}

    def saw(self, seen: "Seen", seconds: float) -> None:
        if seen.kept:
            self._kept[seen.status].inc()
            return
        scope = seen.scope
        route = getattr(scope.get("route"), "path", None) or "unmatched"
        REQUESTS.labels(route, scope["method"], str(seen.status)).inc()
        SECONDS.labels(route).observe(seconds)
        if seen.caller is None and seen.status < 400:
            return  # probes and assets
        # A line costs as much as an answer: those that are ready to go out go first.
        asyncio.get_running_loop().call_soon(_tell, seen, route, round(seconds * 1000, 2))


def _tell(seen: "Seen", route: str, ms: float) -> None:
    """Log one request."""
    level = log.error if seen.status >= 500 else log.info
    level(
        "request",
        request_id=seen.request_id,
        method=seen.scope["method"],
        path=seen.scope["path"],
        route=route,
        status=seen.status,
        ms=ms,
        key=seen.caller.key.prefix if seen.caller and seen.caller.key else None,
        address=seen.caller.address if seen.caller else None,
    )
