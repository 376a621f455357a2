"""The dashboard's queries and the alerts' rules, by a real Prometheus that scrapes a line at work."""

import asyncio
import contextlib
import json
import math
import re
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from oddsline.background import beside
from oddsline.embedded.program import free_port
from oddsline.line import Line
from oddsline.supervisor.config import CORE
from tests.integration.api.sockets import dialled
from tests.support.keeping import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DEPLOY = Path(__file__).parents[2] / "deploy"
BOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "oddsline.json").read_text())
RULES = DEPLOY / "prometheus" / "oddsline.rules.yml"
SCRAPED = ("ingestion", "fold", "api", "keeper", "watch")
#: Titles of panels without a series while all is well; a series of theirs is what went wrong.
EMPTY_IN_HEALTH = {
    "Alerts firing": "no rule has ever fired on this line",
    "Dead letters": "nothing was ever given up or retried",
    "Failing checks": "no check has ever failed",
}
#: What Grafana puts in the place of its variable at this scrape interval (four scrapes, at least).
RATE_INTERVAL = "10s"


class Prometheus:
    """The questions that Grafana asks, and what the server knows of its scrapes and rules."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, **asked: str) -> Any:
        """The data of an answer."""
        answer = await self._http.get(f"/api/v1/{path}", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def has_data(self, query: str) -> bool:
        """Whether a query yields a number; a rate of nothing over nothing is none."""
        result = (await self.get("query", query=query))["result"]
        return any(not math.isnan(float(series["value"][1])) for series in result)

    async def silent(self, queries: Iterable[str], seconds: float = 90) -> list[str]:
        """Those queries that yield nothing, when all have or after so long."""
        left = list(queries)

        async def look() -> bool:
            left[:] = [query for query in left if not await self.has_data(query)]
            return bool(left)

        with contextlib.suppress(TimeoutError):
            await eventually(look, lambda some: not some, seconds=seconds)
        return left


@asynccontextmanager
async def scraping(line: Line, folder: Path) -> AsyncIterator[Prometheus]:
    """A Prometheus with our configuration, but for where the processes are and how often."""
    program = shutil.which("prometheus")
    assert program is not None
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    del config["alerting"]
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(RULES)]
    (job,) = config["scrape_configs"]
    for one in job["static_configs"]:
        one["targets"] = [line.url(one["labels"]["process"]).removeprefix("http://")]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    where = f"127.0.0.1:{free_port()}"
    arguments = (f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={where}")
    with (folder / "prometheus.log").open("w") as log:
        server = await asyncio.create_subprocess_exec(
            program, f"--config.file={file}", *arguments, stderr=log
        )
        try:
            async with httpx2.AsyncClient(base_url=f"http://{where}", timeout=20) as http:
                await eventually(lambda: _ready(http), bool)
                yield Prometheus(http)
        finally:
            server.terminate()
            await server.wait()


async def _ready(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/-/ready")).status_code == 200
    except httpx2.TransportError:
        return False


@asynccontextmanager
async def read(line: Line) -> AsyncIterator[None]:
    """A reader of the API and a listener on a socket that stay for as long as the block runs."""

    async def ask() -> None:
        async with httpx2.AsyncClient(headers={"X-API-Key": line.service_key}) as http:
            while True:
                await http.get(line.url("api") + "/markets")
                await asyncio.sleep(0.2)

    async def listen() -> None:
        where = line.url("api").removeprefix("http://")
        async with dialled(where, x_api_key=line.service_key) as socket:
            await socket.subscribe("*")
            async for _ in socket.connection:
                pass

    async with beside(ask(), listen()):
        yield


def queries() -> dict[str, str]:
    """Query -> its panel's title, with Grafana's variable filled in."""
    return {
        target["expr"].replace("$__rate_interval", RATE_INTERVAL): panel["title"]
        for panel in BOARD["panels"]
        for target in panel.get("targets", ())
    }


def metric_names(expression: str) -> set[str]:
    """Our metrics that an expression names, without what a counter or histogram appends."""
    found = re.findall(r"\boddsline_\w+", expression)
    return {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in found}


async def test_every_panel_has_data_and_every_rule_asks_for_what_is_exported(tmp_path):
    """A line with traffic, a reader and Dagster; the panels of what went wrong are empty, by name."""
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not installed (apt-get install prometheus)")
    asked = queries()
    wanted = [query for query, title in asked.items() if title not in EMPTY_IN_HEALTH]
    async with (
        Line.private((*CORE, "live", "daemon", "watch", "simulator"), durable=False) as line,
        read(line),
        scraping(line, tmp_path) as prometheus,
    ):
        silent = await prometheus.silent(wanted)
        up = (await prometheus.get("query", query='up{job="oddsline"}'))["result"]
        rest = [query for query in asked if query not in wanted]
        for query in rest:
            await prometheus.get("query", query=query)  # well-formed, with data or without
        exported = {name.removesuffix("_total") for name in await prometheus.get("metadata")}
        groups = (await prometheus.get("rules"))["groups"]

    rules = [rule for group in groups for rule in group["rules"]]
    assert silent == []
    assert {series["metric"]["process"] for series in up} == set(SCRAPED)
    assert {asked[query] for query in rest} == set(EMPTY_IN_HEALTH)
    assert len(rules) > 20
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []
    for expression in (*asked, *(rule["query"] for rule in rules)):
        assert metric_names(expression) - exported == set(), expression
