"""How long-lived processes tell Dagster that they live: its webserver's HTTP report endpoints.

No process of the hot path imports Dagster, and none may suffer when Dagster is away: a report
that fails is dropped and counted, never retried, never raised.
"""

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from prometheus_client import Counter

INTAKE = "intake"
FOLD = "fold"
KEEPER = "keeper"

Post = Callable[[str, bytes, float], None]

#: What to report now; None = nothing, say by a process that only stands by.
Figures = Callable[[], Mapping[str, Any] | None]

FAILED = Counter("oddsline_reports_failed_total", "Reports that Dagster did not take", ["asset"])
log = structlog.get_logger(__name__)


def post(url: str, body: bytes, timeout_s: float) -> None:
    """POST a JSON body.

    Raises:
        OSError: unreachable, or any answer but 2xx.
    """
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 the scheme is ours
    with urllib.request.urlopen(request, timeout=timeout_s):  # noqa: S310 the same request
        pass


class Reporter:
    """Reports one external asset, at most once per interval: each report is a row in Dagster."""

    def __init__(
        self,
        asset: str,
        dagster_url: str,
        *,
        interval_s: float = 30,
        send: Post = post,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = f"{dagster_url.rstrip('/')}/report_asset_materialization/{asset}"
        self._asset = asset
        self._interval_s = interval_s
        self._send = send
        self._clock = clock
        self._reported_at: float | None = None

    async def report(self, metadata: Mapping[str, Any]) -> bool:
        """Say that the asset is alive, with figures such as lag; true when Dagster took it.

        False when the last report is younger than the interval, or Dagster is away.
        """
        now = self._clock()
        if self._reported_at is not None and now - self._reported_at < self._interval_s:
            return False
        self._reported_at = now
        body = json.dumps({"metadata": dict(metadata)}).encode()
        try:
            await asyncio.to_thread(self._send, self._url, body, 5.0)
        except OSError as error:
            FAILED.labels(self._asset).inc()
            log.debug("report_failed", asset=self._asset, error=str(error))
            return False
        return True


async def keep_reporting(reporter: Reporter, figures: Figures, *, every_s: float = 5) -> None:
    """Report while the process lives; the reporter itself drops what comes too soon.

    Args:
        reporter: for one asset.
        figures: asked each time.
        every_s: seconds between two looks, well below the reporter's interval.
    """
    while True:
        told = figures()
        if told is not None:
            await reporter.report(told)
        await asyncio.sleep(every_s)


@asynccontextmanager
async def reporting(asset: str, dagster_url: str | None, figures: Figures) -> AsyncIterator[None]:
    """Report an asset for as long as the block runs; without a Dagster, do nothing."""
    if dagster_url is None:
        yield
        return
    task = asyncio.create_task(keep_reporting(Reporter(asset, dagster_url), figures))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
