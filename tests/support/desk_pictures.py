"""Make the pictures of the operators' desk again: asset graph, a run, a failing check, `/ops`.

    .venv/bin/python -m tests.support.desk_pictures [CHROMIUM]

A private line with the simulator's trades builds its marts; then one market's volume is altered by
hand, so that a suite has something to find. Needs a Chromium.
"""

import json
import shutil
import sys
import time
from typing import Any

import httpx2
from playwright.sync_api import sync_playwright

from oddsline import blocking
from oddsline.line import Line
from oddsline.supervisor.config import ALL
from tests.support.screenshots import HEIGHT, IMAGES, WIDTH, take

LOCATION = "orchestration.definitions"
LAUNCH = """mutation Launch($job: JobOrPipelineSelector!) {
    launchRun(executionParams: {selector: $job, mode: "default"}) {
        __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
    }
}"""
STATUS = "query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
#: Trades before anything is looked at, and how long they and a run may take, in seconds.
TRADES, PATIENCE_S = 60, 240.0
ALTERED = """
    update marts.markets set volume = volume + 1
    where market_address = (select market_address from marts.markets order by volume desc limit 1)
"""


def main() -> None:
    """Start a line, let it work, break one row, look at it."""
    browser = next(filter(None, (*sys.argv[1:2], shutil.which("chromium"))), None)
    if browser is None:
        sys.exit("desk_pictures: no chromium here")
    with Line.private(ALL, durable=False) as line:
        line.wait_ready(*line.processes, seconds=PATIENCE_S)
        with blocking.session(line.database_url, name="pictures") as connection:
            _trades(connection)
        _run(line, "build_marts")
        with blocking.session(line.database_url, name="pictures") as connection:
            blocking.run(connection, ALTERED)
        judged = _run(line, "judge_quality")
        check = "/assets/marts/markets?view=checks&checkDetail=markets__volume_is_its_trades"
        pages = {
            "desk-assets": f"/locations/__repository__@{LOCATION}/asset-groups/marts/lineage",
            "desk-run": f"/runs/{judged}",
            "desk-failing-check": check,
        }
        take(browser, line.url("dagster"), pages)
        _operations(browser, line)


def _trades(connection: blocking.Connection) -> None:
    """Wait until the simulator has traded."""
    until = time.monotonic() + PATIENCE_S
    while blocking.rows(connection, "select count(*) from marts.trades")[0]["count"] < TRADES:
        connection.commit()  # the next look sees what came since
        if time.monotonic() > until:
            raise TimeoutError("nobody trades")
        time.sleep(1)


def _run(line: Line, job: str) -> str:
    """Launch a job as the button does, and wait for its end; the run's id."""
    selector = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}
    launched = _ask(line, LAUNCH, {"job": {**selector, "pipelineName": job}})["launchRun"]
    run_id = str(launched["run"]["runId"])
    until = time.monotonic() + PATIENCE_S
    while _ask(line, STATUS, {"id": run_id})["runOrError"]["status"] not in {"SUCCESS", "FAILURE"}:
        if time.monotonic() > until:
            raise TimeoutError(f"{job} does not end")
        time.sleep(1)
    return run_id


def _ask(line: Line, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    asked = {"query": query, "variables": variables}
    answer = httpx2.post(line.url("dagster") + "/graphql", json=asked, timeout=60)
    found: dict[str, Any] = answer.raise_for_status().json()["data"]
    return found


def _operations(browser: str, line: Line) -> None:
    """The API's own page, signed in."""
    sign_in = f"sessionStorage.setItem('oddsline-key', {json.dumps(line.service_key)})"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.add_init_script(sign_in)
        page.goto(line.url("api") + "/ops")
        page.wait_for_selector("main section, main table", timeout=20_000)
        page.wait_for_timeout(2_000)
        page.screenshot(path=IMAGES / "page-ops.png")
        chromium.close()


if __name__ == "__main__":
    main()
