"""Reporting to Dagster never harms the process that reports."""

import asyncio
import json

from oddsline.reports import FOLD, Reporter, keep_reporting, reporting


class Webserver:
    """Takes reports, or refuses them."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.taken: list[tuple[str, dict[str, object]]] = []

    def send(self, url: str, body: bytes, timeout_s: float) -> None:
        if self.away:
            raise ConnectionRefusedError
        self.taken.append((url, json.loads(body)))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_report_names_the_asset_and_carries_its_figures():
    """The body is what Dagster's report endpoint expects."""
    webserver = Webserver()
    reporter = Reporter(FOLD, "http://dagster:3000/", send=webserver.send)

    assert await reporter.report({"lag_ms": 12})

    url, body = webserver.taken[0]
    assert url == "http://dagster:3000/report_asset_materialization/fold"
    assert body == {"metadata": {"lag_ms": 12}}


async def test_reports_inside_the_interval_are_not_sent():
    """A report is a row in Dagster for ever, so a busy fold may not send thousands."""
    webserver, clock = Webserver(), Clock()
    reporter = Reporter(FOLD, "http://dagster:3000", send=webserver.send, clock=clock)

    sent = []
    for clock.now in (0, 10, 29, 30, 59, 60):
        sent.append(await reporter.report({}))

    assert sent == [True, False, False, True, False, True]
    assert len(webserver.taken) == 3


async def test_an_absent_dagster_is_not_the_reporters_problem():
    """The fold folds on when Dagster is away: the report is dropped, nothing is raised."""
    reporter = Reporter(FOLD, "http://dagster:3000", send=Webserver(away=True).send)

    assert await reporter.report({}) is False


async def test_a_process_that_stands_by_reports_nothing():
    """Two reports of one asset would hide that its leader died."""
    webserver = Webserver()
    reporter = Reporter(FOLD, "http://dagster:3000", send=webserver.send)
    task = asyncio.create_task(keep_reporting(reporter, lambda: None, every_s=0.001))
    await asyncio.sleep(0.02)
    task.cancel()

    assert webserver.taken == []


async def test_without_a_dagster_nothing_is_asked():
    asked = []

    async with reporting(FOLD, None, lambda: asked.append(1)):
        await asyncio.sleep(0.01)

    assert asked == []
