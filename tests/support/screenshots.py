"""Make the runbook's pictures again: a failed transition, its retries, its dead letter.

    .venv/bin/python -m tests.support.screenshots [CHROMIUM]

A private line's keeper has no fee budget, so that the finalization of a market fails, is retried
by its run and then as a dead letter, and ends with a person; the pictures are of Dagster's own
pages. Needs a Chromium.
"""

import asyncio
import shutil
import sys
from pathlib import Path

import httpx2
import typer
from playwright.sync_api import sync_playwright

from benchmarks.due.crowd import ENVIRONMENT, PROCESSES, Crowd, until
from chain.rpc import Rpc
from oddsline import blocking, postgres
from oddsline.line import Line

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDTH, HEIGHT = 1440, 1000
#: How long a page may take to fetch and draw, in seconds.
DRAW_S = 8
SETTINGS = {
    "ODDSLINE_DLQ_RETRIES": "2",
    "ODDSLINE_DLQ_BASE_S": "1",
    "ODDSLINE_KEEPER_DAILY_BUDGET_LAMPORTS": "0",
}
PATIENCE_S = 240
#: Where this checkout lies is nobody's business.
WITHOUT_PATHS = """folder => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode())
        walker.currentNode.nodeValue = walker.currentNode.nodeValue.replaceAll(folder, "…");
}"""


def main() -> None:
    """Start a line, let a transition fail, look at it."""
    browser = next(filter(None, (*sys.argv[1:2], shutil.which("chromium"))), None)
    if browser is None:
        sys.exit("screenshots: no chromium here")
    IMAGES.mkdir(exist_ok=True)
    with Line.private((*PROCESSES, "dagster"), env=ENVIRONMENT | SETTINGS, durable=False) as line:
        asyncio.run(_fail(line))
        line.wait_ready("dagster")
        take(browser, line.url("dagster"), _pages(line))


async def _fail(line: Line) -> None:
    """Let a market become due, and wait until its letter lies with a person."""
    connection = await postgres.connect(line.database_url, name="screenshots")
    resolving = "select count(*) from marts.markets where state = 'RESOLVING'"
    given_up = "select count(*) from ops.dead_letters where status = 'manual_review'"
    async with Rpc(line.url("chain")) as rpc, httpx2.AsyncClient(timeout=30) as http:
        crowd = Crowd(line, rpc, http, 1)
        await crowd.resolve()
        await until(connection, resolving, 1, PATIENCE_S)
        await crowd.become_due()
        await until(connection, given_up, 1, PATIENCE_S)
    await connection.close()


def _pages(line: Line) -> dict[str, str]:
    """Picture -> the page of Dagster's UI that shows it."""
    runs = """
        select pipeline_name as job, (array_agg(run_id order by id))[1] as first
        from dagster.runs where status in ('SUCCESS', 'FAILURE') group by pipeline_name
    """
    with blocking.session(line.database_url, name="screenshots") as connection:
        first = {row["job"]: row["first"] for row in blocking.rows(connection, runs)}
    return {
        "transition-failed": f"/runs/{first['advance_due_markets']}",
        "dead-letter-retried": f"/runs/{first['retry_dead_letters']}",
        "dead-letter-sensor": "/locations/__repository__@orchestration.live/sensors/due_dead_letters",
        "transition-and-retries": "/runs",
    }


def take(browser: str, url: str, pages: dict[str, str]) -> None:
    """Photograph pages of one site; each picture's name and size is told."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for name, path in pages.items():
            page.goto(url + path, wait_until="domcontentloaded")
            page.wait_for_timeout(DRAW_S * 1000)  # Dagster polls for ever: nothing tells the end
            page.evaluate(WITHOUT_PATHS, str(IMAGES.parents[1]))
            file = IMAGES / f"{name}.png"
            page.screenshot(path=file)
            typer.echo(f"{file.name}: {file.stat().st_size // 1024} kB")
        chromium.close()


if __name__ == "__main__":
    main()
