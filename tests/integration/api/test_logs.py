"""The API's log: one line for each request, and nothing in it that opens a door."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from solders.keypair import Keypair
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.settings import ApiSettings
from api.tokens import Tokens
from tests.integration.api import rows
from tests.integration.api.running import process
from tests.integration.api.sockets import dialled
from tests.support.sentry import Tracker, tracker

MARKET = rows.market_id(1)
WALLET = Keypair()


@dataclass
class Told:
    """What a process was shown and what it wrote."""

    secrets: dict[str, str]
    sentry: Tracker
    prefix: str = ""  # of the good key
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    log: str = ""

    def lines(self, event: str) -> list[dict[str, Any]]:
        found = (json.loads(line) for line in self.log.splitlines())
        return [line for line in found if line["event"] == event]


@pytest.fixture
async def told(settings: ApiSettings, owner: Any, tmp_path: Path) -> AsyncIterator[Told]:
    """A process at its most talkative after good, wrong and broken requests."""
    with tracker() as sentry:
        yield await _asked(settings, owner, tmp_path, sentry)


async def _asked(settings: ApiSettings, owner: Any, home: Path, sentry: Tracker) -> Told:
    await rows.market(owner, 1)
    tokens = Tokens(settings.token_keys, settings.domain, settings.token_ttl_s)
    key, token = await rows.key(owner, "read"), tokens.mint(str(WALLET.pubkey()))
    secrets = {
        "key": key.split("_", 2)[2],
        "no key": "hunter2-is-no-key",
        "token": token,
        "forged": token[:-6] + "AAAAAA",
        "basic": "dXNlcjpodW50ZXIyLWJhc2lj",
        "signature": str(WALLET.sign_message(b"anything")),
        "garbled": "hunter2-in-a-garbled-body",
        "query": "hunter2-in-the-query",
        "jwt key": str(settings.jwt_key),
        "passwords": str(settings.service_url).split(":")[2].split("@")[0],
    }
    said = Told(secrets, sentry, prefix=key.split("_")[1])
    path, dsn = home / "api.log", sentry.dsn
    with path.open("wb") as log:
        async with process(settings, log=log, log_level="DEBUG", sentry_dsn=dsn) as where:
            async with httpx.AsyncClient(base_url=f"http://{where}") as client:
                for name, request in requests(client, key, secrets).items():
                    said.answers[name] = await client.send(request)
                # Also an error of ours: what the statement needs is gone.
                await owner.execute("alter table marts.positions rename to positions_gone")
                request = requests(client, key, secrets)["own positions"]
                said.answers["crash"] = await client.send(request)
            await sockets(where, key, secrets)
    said.log = path.read_text()
    return said


def requests(client: httpx.AsyncClient, key: str, secrets: dict[str, str]) -> dict[str, Any]:
    """Requests by name; each shows a secret somewhere."""
    ask, wallet, wrong = client.build_request, str(WALLET.pubkey()), secrets["query"]
    bearer = {"Authorization": f"Bearer {secrets['token']}"}
    proof = {"wallet": wallet, "nonce": "a" * 32, "signature": secrets["signature"]}
    named = {"X-API-Key": key, "X-Request-ID": "mine"}
    query = {
        "api_key": wrong,
        "access_token": wrong,
        "secret": wrong,
        "jwt": wrong,
        "cursor": wrong,
    }
    return {
        "good": ask("GET", f"/markets/{MARKET}", headers=named),
        "own positions": ask("GET", f"/positions/{wallet}", headers=bearer),
        "no key": ask("GET", "/markets", headers={"X-API-Key": secrets["no key"]}),
        "forged": ask(
            "GET", f"/positions/{wallet}", headers={"Authorization": f"bearer {secrets['forged']}"}
        ),
        "basic": ask(
            "GET", f"/positions/{wallet}", headers={"Authorization": f"Basic {secrets['basic']}"}
        ),
        "query": ask("GET", "/markets", params=query),
        "in the path": ask("GET", f"/markets/{secrets['token']}"),
        "key in the path": ask("GET", f"/nothing/{key}"),
        "proof": ask("POST", "/auth/verify", json=proof),
        "ballot": ask("POST", f"/votes/proposal/{MARKET}", json=proof),
        "garbled": ask("POST", "/auth/verify", content=f'{{"signature": "{secrets["garbled"]}'),
    }


async def sockets(where: str, key: str, secrets: dict[str, str]) -> None:
    """Sockets that show secrets in headers, in the query and in messages; one is refused."""
    url = f"ws://{where}/ws?access_token={secrets['query']}&sig={secrets['signature']}"
    async with connect(url, additional_headers={"X-API-Key": key}) as opened:
        await opened.recv()
    with pytest.raises(InvalidStatus):
        await connect(url, additional_headers={"X-API-Key": secrets["no key"]})
    async with dialled(where, Authorization=f"Bearer {secrets['token']}") as socket:
        for name in ("token", "forged", "garbled"):
            await socket.say(type="auth", token=secrets[name])
            await socket.hear()
        await socket.say(type="auth", key=key)
        await socket.hear()


async def test_each_request_is_one_line_and_no_line_holds_a_secret(told: Told):
    """Request id as in the header, key id, route template, status, milliseconds."""
    by_id = {line["request_id"]: line for line in told.lines("request")}
    lines = {name: by_id[a.headers["x-request-id"]] for name, a in told.answers.items()}

    assert len(by_id) == len(told.answers) == len(told.lines("request"))
    statuses = {name: answer.status_code for name, answer in told.answers.items()}
    assert {name: line["status"] for name, line in lines.items()} == statuses
    assert statuses | {"good": 200, "own positions": 200, "no key": 401, "crash": 500} == statuses
    good = lines["good"]
    assert (good["request_id"], good["key"], good["level"]) == ("mine", told.prefix, "info")
    assert (good["route"], lines["crash"]["level"]) == ("/markets/{market_id}", "warning")
    assert lines["no key"]["key"] is None
    assert all(line["ms"] > 0 for line in lines.values())
    assert [line["status"] for line in told.lines("socket")] == [101, 401, 101]
    leaked = {name for name, secret in told.secrets.items() if secret in told.log}
    assert leaked == set(), [
        s for s in told.log.splitlines() if any(told.secrets[n] in s for n in leaked)
    ]


async def test_a_crash_is_reported_once_by_its_exception(told: Told):
    """Refusals are nobody's fault; what crashed is told by the error itself, without a secret."""
    (event,) = told.sentry.events

    assert event["exception"]["values"][-1]["type"] == "UndefinedTableError"
    assert event["contexts"]["log"]["path"] == f"/positions/{WALLET.pubkey()}"
    assert len(told.lines("request crashed")) == 1
    assert [n for n, secret in told.secrets.items() if secret in "".join(told.sentry.raw)] == []
