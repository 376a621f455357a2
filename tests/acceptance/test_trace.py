"""One trade, followed by one trace id from the webhook to the socket, through the logs of all."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from benchmarks.traffic import Shape, body, trade
from oddsline.line import Line
from tests.integration.api.sockets import dialled
from tests.support.keeping import eventually

pytestmark = [pytest.mark.slow]

PROCESSES = ("postgres", "valkey", "ingestion", "fold", "api")
STEPS = [
    ("ingestion", "landed"), ("fold", "folded"), ("fold", "published"), ("api", "told"),
    ("ingestion", "landed before"),
]  # fmt: skip


def grepped(logs: Path, trace_id: str) -> list[dict[str, Any]]:
    """What the runbook's `grep` finds, in order of time."""
    lines = [line for log in logs.glob("*.log") for line in log.read_text().splitlines()]
    found = [json.loads(line) for line in lines if f'"trace_id":"{trace_id}"' in line]
    return sorted(found, key=lambda line: str(line["timestamp"]))


async def test_one_trace_id_leads_from_the_webhook_to_the_socket_message():
    """Intake, fold, publisher and API name the trade by the id that its message carries."""
    line = Line.private(PROCESSES, env={"ODDSLINE_LOG_LEVEL": "DEBUG"}, durable=False)
    async with line:
        shape = Shape(program_id=line.plan.environment["ODDSLINE_PROGRAM_ID"])
        (trace_id,) = trade(0, shape)["transaction"]["signatures"]
        secret = line.plan.environment["ODDSLINE_HELIUS_AUTH"]
        where = line.url("api").removeprefix("http://")
        async with (
            httpx2.AsyncClient(headers={"Authorization": secret}) as sender,
            dialled(where, x_api_key=line.service_key) as socket,
        ):
            await socket.subscribe("*")
            webhook = line.url("ingestion") + "/webhooks/helius"
            answers = [await sender.post(webhook, content=body(0, 1, shape))]
            while (message := await socket.hear())["type"] != "trade:executed":
                pass
            answers.append(await sender.post(webhook, content=body(0, 1, shape)))
        logs = line.config.home / "logs"

        async def look() -> list[dict[str, Any]]:
            return grepped(logs, trace_id)

        lines = await eventually(look, lambda found: len(found) >= len(STEPS))
        everything = "".join(log.read_text() for log in logs.glob("*.log"))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert message["data"]["signature"] == trace_id
    assert sorted((line["service"], line["event"]) for line in lines) == sorted(STEPS)
    assert {line["pos"] for line in lines if "pos" in line} == {message["pos"]}
    for told in (secret, line.service_key.split("_", 2)[2]):
        assert told not in everything
