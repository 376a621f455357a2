"""Strings that break out of SQL, JSON, paths and headers, in every parameter the document has."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.api import rows
from tests.integration.api.conftest import Api

DOCUMENT = json.loads((Path(__file__).parents[3] / "api" / "openapi.json").read_text())
STRINGS = (
    "'; drop table raw.events; --",
    "' or ''='",
    "1); select pg_sleep(9); --",
    "{{7*7}}${7*7}",
    "../../etc/passwd",
    "\r\nX-Injected: 1",
    "\x00",
    '"}],"x":[{"',
    "<script>alert(1)</script>",
    "%27%20or%201=1",
    "\ud7ff\U0001f600" * 50,
    "9" * 400,
)
OPERATIONS = sorted(
    (path, method, parameter["in"], parameter["name"])
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for parameter in operation.get("parameters", ())
)


@pytest.mark.parametrize("string", STRINGS, ids=range(len(STRINGS)))
async def test_no_parameter_lets_a_string_out(api: Api, string: str):
    """Each is refused by name or finds nothing, tables stand, and no header is made of it."""
    await rows.market(api.owner, 1)
    headers = await api.key("admin", rate=1_000_000)
    for path, method, place, name in OPERATIONS:
        known: dict[str, Any] = {"market_id": rows.market_id(1), "wallet": rows.address(0)}
        if place == "path":
            known[name] = quote(string, safe="")
        url = path.format_map(known)
        params = {name: string} if place == "query" else {}
        answer = await api.client.request(method, url, params=params, headers=headers)

        assert answer.status_code in {400, 404, 405, 422}, (method, url, params, answer.text)
        assert "x-injected" not in answer.headers
    assert await api.owner.fetchval("select count(*) from marts.markets") == 1


@pytest.mark.parametrize("string", STRINGS[:10], ids=range(10))
async def test_no_member_of_a_body_lets_a_string_out(api: Api, string: str):
    """Ballots and sign-in alike: 401, 404 or 422."""
    await rows.market(api.owner, 1, state="PROPOSED")
    for path in ("/auth/nonce", "/auth/verify", f"/votes/proposal/{rows.market_id(1)}"):
        names = ("wallet", "nonce", "signature", "encoding", "choice", "round", "message")
        answer = await api.client.post(path, json=dict.fromkeys(names, string))

        assert answer.status_code in {401, 404, 422}, (path, answer.text)
