"""Request logs and metrics: by route template, with request and key id, without secrets."""

import asyncio
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter, Histogram
from starlette.routing import Route
from starlette.types import Scope

from api import pages
from oddsline import metrics
from oddsline.health import PATHS

if TYPE_CHECKING:
    from api.front import Seen

REQUESTS = Counter("oddsline_api_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "oddsline_api_request_seconds", "From first byte to last", ["route"],
    buckets=metrics.LATENCY_BUCKETS,
)  # fmt: skip
KEPT = Counter("oddsline_api_kept_answers", "Requests answered from memory", ["status"])

log = structlog.get_logger("api.requests")


#: What is not the framework's and says nothing of itself: pages, assets, probes.
_PLAIN = frozenset((*PATHS, *(route.path for route in pages.routes() if isinstance(route, Route))))


def _template(scope: Scope) -> str:
    """The route's template: as many labels as there are routes, whatever is asked for."""
    found = getattr(scope.get("route"), "path", None)
    if found is not None:
        return str(found)
    path: str = scope["path"]
    if path in _PLAIN:
        return path
    return pages.ASSETS if path.startswith(f"{pages.ASSETS}/") else "unmatched"


class Observer:
    """Counts every request; logs each that did work (kept answers are only counted)."""

    def __init__(self) -> None:
        self._kept = {status: KEPT.labels(str(status)) for status in (200, 304)}

    def saw(self, seen: "Seen", seconds: float) -> None:
        if seen.kept:
            self._kept[seen.status].inc()
            return
        scope = seen.scope
        route = _template(scope)
        REQUESTS.labels(route, scope["method"], str(seen.status)).inc()
        SECONDS.labels(route).observe(seconds)
        if seen.caller is None and seen.status < 400:
            return  # probes and assets
        # A line costs as much as an answer: those that are ready to go out go first.
        asyncio.get_running_loop().call_soon(_tell, seen, route, round(seconds * 1000, 2))


def _tell(seen: "Seen", route: str, ms: float) -> None:
    """Log one request."""
    # What crashed is logged as an error where it did; this line only counts it.
    level = log.warning if seen.status >= 500 else log.info
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
