"""How long-lived processes tell Dagster that they live: its webserver's HTTP report endpoints.

No process of the hot path imports Dagster, and none may suffer when Dagster is away: a report
that fails is dropped and counted, never retried, never raised.
"""

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from prometheus_client import Counter

INTAKE = "intake"
FOLD = "fold"
KEEPER = "keeper"

Post = Callable[[str, bytes, float], None]

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
