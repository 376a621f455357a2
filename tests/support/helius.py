"""Helius' webhook management API as documented, small enough to hold in one hand.

`/v0/webhooks[/{id}]?api-key=`: POST creates, GET lists or tells one, PUT edits, PATCH toggles
`active`, DELETE deletes. Tests play Helius by changing `webhooks` (`disable`: what Helius does to
an endpoint that fails too often) and read `requests` to see what was called, each call costing
credits there.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import orjson

from tests.support.http import Request, serving

Json = Any
WALLET = "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin"
#: What a webhook is made of; anything else in a body is refused, as is a missing one.
EDITABLE = {
    "webhookURL",
    "transactionTypes",
    "accountAddresses",
    "webhookType",
    "authHeader",
    "encoding",
    "txnStatus",
}
NEEDED = {"webhookURL", "transactionTypes", "accountAddresses", "webhookType"}


@dataclass
class Helius:
    """One account's webhooks."""

    api_key: str = "helius-key"
    url: str = ""
    webhooks: dict[str, dict[str, Json]] = field(default_factory=dict)
    #: Method and path of each call that had the right key.
    requests: list[tuple[str, str]] = field(default_factory=list)
    #: Answers every call with this status while set: 429, 500, …
    failing: int | None = None

    def disable(self, webhook_id: str) -> None:
        """Deactivate a webhook, as Helius does when its endpoint fails too often."""
        self.webhooks[webhook_id]["active"] = False

    async def answer(self, request: Request) -> tuple[int, bytes]:
        """One call of the API."""
        parts = urlsplit(request.target)
        if parse_qs(parts.query).get("api-key") != [self.api_key]:
            return _problem(401, "invalid api key provided")
        self.requests.append((request.method, parts.path))
        if self.failing is not None:
            return _problem(self.failing, "not now")
        root, _, webhook_id = parts.path.removeprefix("/v0/").partition("/")
        if root != "webhooks":
            return _problem(404, "not found")
        if webhook_id and webhook_id not in self.webhooks:
            return _problem(404, "webhook not found")
        body = orjson.loads(request.body) if request.body else {}
        return (
            self._one(request.method, webhook_id, body)
            if webhook_id
            else self._all(request.method, body)
        )

    def _all(self, method: str, body: dict[str, Json]) -> tuple[int, bytes]:
        if method == "GET":
            return _json(200, list(self.webhooks.values()))
        if method != "POST":
            return _problem(405, "method not allowed")
        if not set(body) >= NEEDED or not set(body) <= EDITABLE:
            return _problem(400, "bad webhook")
        webhook = {"webhookID": str(uuid4()), "wallet": WALLET, **body, "active": True}
        self.webhooks[webhook["webhookID"]] = webhook
        return _json(200, webhook)

    def _one(self, method: str, webhook_id: str, body: dict[str, Json]) -> tuple[int, bytes]:
        webhook = self.webhooks[webhook_id]
        match method:
            case "GET":
                return _json(200, webhook)
            case "DELETE":
                del self.webhooks[webhook_id]
                return 200, b""
            case "PATCH" if set(body) == {"active"}:
                webhook["active"] = body["active"]
                return _json(200, webhook)
            case "PUT" if set(body) <= EDITABLE:
                webhook.update(body)
                return _json(200, webhook)
        return _problem(400, "bad request")


@asynccontextmanager
async def helius() -> AsyncIterator[Helius]:
    """The stub on a free port while the block runs."""
    stub = Helius()
    async with serving(stub.answer) as url:
        stub.url = url
        yield stub


def _json(status: int, body: Json) -> tuple[int, bytes]:
    return status, orjson.dumps(body)


def _problem(status: int, error: str) -> tuple[int, bytes]:
    return _json(status, {"error": error})
