"""No body beyond the limit is read, whether or not it says how long it is."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from solders.keypair import Keypair

from api.service import Service
from tests.integration.api import rows
from tests.integration.api.conftest import Api
from tests.integration.api.sockets import serving

TOO_LARGE = (413, "urn:oddsline:problem:body-too-large")


def oversized(limit: int) -> bytes:
    """A ballot that is well formed and one byte too long."""
    body = json.dumps({"wallet": str(Keypair().pubkey()), "choice": "like"}).encode()
    return body + b" " * (limit + 1 - len(body))


def ballot_path() -> str:
    return f"/votes/proposal/{rows.market_id(1)}"


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"]


async def in_parts(body: bytes) -> AsyncIterator[bytes]:
    """A body whose length nobody is told: it is sent in chunks."""
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


async def test_an_oversized_body_is_refused_and_nothing_is_stored(api: Api):
    """413 as a problem document, with the headers that every answer has."""
    body = oversized(api.service.settings.body_limit_bytes)
    answer = await api.client.post(ballot_path(), content=body)

    assert refusal(answer) == TOO_LARGE
    assert answer.headers["connection"] == "close"
    assert "x-request-id" in answer.headers
    assert "ratelimit-limit" in answer.headers
    assert await api.owner.fetchval("select count(*) from raw.votes") == 0


async def test_an_oversized_body_without_a_length_is_refused_too(api: Api):
    """A chunked body is counted while it comes."""
    body = oversized(api.service.settings.body_limit_bytes)
    answer = await api.client.post(ballot_path(), content=in_parts(body))

    assert "content-length" not in answer.request.headers
    assert refusal(answer) == TOO_LARGE
    assert await api.owner.fetchval("select count(*) from raw.votes") == 0


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
async def test_a_body_of_exactly_the_limit_reaches_its_route(api: Api, *, chunked: bool):
    """It is judged by what it says: the sign-in lacks its fields."""
    body = oversized(api.service.settings.body_limit_bytes)[:-1]
    headers = {"Content-Type": "application/json"}
    content = in_parts(body) if chunked else body
    answer = await api.client.post("/auth/nonce", content=content, headers=headers)

    assert refusal(answer) == (422, "urn:oddsline:problem:validation")


async def test_a_length_that_is_no_number_is_a_bad_request(api: Api):
    """Nothing is read after it."""
    headers = {"Content-Length": "many"}
    answer = await api.client.post("/auth/nonce", content=b"{}", headers=headers)

    assert refusal(answer) == (400, "urn:oddsline:problem:bad-request")


async def test_a_client_that_never_stops_sending_is_answered_and_cut_off(
    service: Service,
):
    """Over a real socket, in chunks without an end: 413, then the connection closes."""
    async with serving(service) as where:
        status = await poured(where)

    assert status.startswith(b"HTTP/1.1 413")


async def poured(where: str) -> bytes:
    """Sends chunks until the server closes; the status line it answered with."""
    reader, writer = await asyncio.open_connection(*where.split(":"))
    head = f"POST {ballot_path()} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode())
    chunk = b"1000\r\n" + b" " * 0x1000 + b"\r\n"

    async def pour() -> None:
        while True:
            writer.write(chunk)
            await writer.drain()

    pouring = asyncio.create_task(pour())
    async with asyncio.timeout(10):
        status = await reader.readline()
        await asyncio.gather(pouring, return_exceptions=True)
    writer.close()
    return status
