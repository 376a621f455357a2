"""Kept answers from the outside: the same documents, never older than what the stream has told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.at_once import AtOnce
from api.database import Database
from api.service import Service
from oddsline import cache
from tests.integration.api import rows
from tests.integration.api.conftest import Api
from tests.integration.api.sockets import TIMEOUT, Line, serving

MARKET = f"/markets/{rows.market_id(1)}"
#: What differs between two answers for other reasons.
VOLATILE = {"date", "x-request-id", "ratelimit-remaining", "ratelimit-reset"}


@pytest.fixture
async def line(service: Service, owner) -> AsyncIterator[Line]:
    redis = cache.commands(service.settings.redis_url, name="test")
    await rows.market(owner, 1)
    yield Line(owner, redis)
    await redis.aclose()


@pytest.fixture
async def client(service: Service, line: Line) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server, stream and all."""
    async with (
        serving(service) as where,
        httpx.AsyncClient(base_url=f"http://{where}", trust_env=False) as opened,
    ):
        yield opened


def lasting(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in VOLATILE}


async def volume(client: httpx.AsyncClient) -> str:
    answer = await client.get(MARKET)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["volume"])


async def test_answers_made_kept_and_at_once_are_one_document(client: httpx.AsyncClient):
    """Postgres, the front door's memory and the server's protocol answer alike."""
    made = await client.get(MARKET)
    at_once = await client.get(MARKET)
    kept = await client.get(MARKET, headers={"X-Request-ID": "mine"})

    assert made.json() == at_once.json() == kept.json()
    assert lasting(made) == lasting(at_once) == lasting(kept)
    assert all("ratelimit-remaining" in a.headers for a in (made, at_once, kept))
    assert kept.headers["x-request-id"] == "mine"


async def test_at_once_only_what_needs_no_thought(service: Service, client: httpx.AsyncClient):
    """Other methods, an Origin, an unknown key or an unknown path go the long way."""
    await client.get(MARKET)
    scope: dict[str, Any] = {
        "method": "GET",
        "raw_path": MARKET.encode(),
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
    }
    at_once = AtOnce(service)

    assert at_once(scope) is not None
    assert at_once(scope | {"method": "POST"}) is None
    assert at_once(scope | {"headers": [(b"origin", b"https://a.test")]}) is None
    assert at_once(scope | {"headers": [(b"x-api-key", b"ol_unknown")]}) is None
    assert at_once(scope | {"raw_path": b"/markets"}) is None


async def test_answers_at_once_count_against_the_limit(line: Line, client: httpx.AsyncClient):
    """Memory is no way around a key's limit."""
    headers = {"X-API-Key": await rows.key(line.owner, rate=30)}
    statuses = [(await client.get(MARKET, headers=headers)).status_code for _ in range(31)]

    assert statuses == [200] * 30 + [429]


async def test_a_current_copy_is_304_without_asking_postgres(
    service: Service, client: httpx.AsyncClient
):
    """By ETag, with an empty body, at once and by the front door."""
    etag = (await client.get(MARKET)).headers["etag"]
    service.database.public.terminate()
    shown = {"If-None-Match": f'"other", {etag}'}
    answers = [
        await client.get(MARKET, headers=shown),
        await client.get(MARKET, headers=shown | {"X-Request-ID": "mine"}),
    ]

    assert [(a.status_code, a.content) for a in answers] == [(304, b"")] * 2
    assert lasting(answers[0]) == lasting(answers[1])


async def test_even_an_answer_that_was_not_kept_is_304_without_postgres(api: Api):
    """The version alone decides."""
    await rows.market(api.owner, 1)
    api.service.freshness.tick(slot=1, lag_ms=0)
    first = await api.get(MARKET)
    api.service.answers._remove(MARKET.encode() + b"?")
    api.service.database.public.terminate()

    answer = await api.get(MARKET, headers={"If-None-Match": first.headers["etag"]})

    assert (answer.status_code, answer.content) == (304, b"")


async def test_once_the_stream_has_told_of_a_change_no_older_answer_is_given(
    line: Line, service: Service, client: httpx.AsyncClient
):
    """From the moment this process hears of it, the new rows are served, and another ETag."""
    etag = (await client.get(MARKET)).headers["etag"]
    for told in range(1, 6):
        await line.owner.execute("update marts.markets set volume = $1", told)
        await line.tell(1, "price:update")
        async with asyncio.timeout(TIMEOUT):
            while service.freshness.pos < told:  # noqa: ASYNC110 polled for the exact moment
                await asyncio.sleep(0.001)
        assert await volume(client) == str(told)

    assert (await client.get(MARKET)).headers["etag"] != etag


async def test_a_process_that_hears_no_ticks_answers_from_postgres(
    line: Line, service: Service, client: httpx.AsyncClient
):
    """What it keeps may be old by now, and nobody would tell it; nor does a 304 hold."""
    etag = (await client.get(MARKET)).headers["etag"]
    service.freshness.stale_after_ms = 1
    await asyncio.sleep(0.01)
    await line.owner.execute("update marts.markets set volume = 77")

    assert await volume(client) == "77"
    again = await client.get(MARKET, headers={"If-None-Match": etag})
    assert again.status_code == 200


async def test_many_who_ask_at_once_are_answered_by_one_read(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    """A popular answer that has just grown old is not made by everybody."""
    await rows.market(api.owner, 1)
    api.service.freshness.tick(slot=1, lag_ms=0)
    await api.get(MARKET)
    api.service.answers.changed(rows.market_id(1), 1)
    read: list[str] = []
    row = Database.row

    async def counted(self: Database, query: str, *args: Any) -> Any:
        read.append(query)
        return await row(self, query, *args)

    monkeypatch.setattr(Database, "row", counted)
    answers = await asyncio.gather(*(api.get(MARKET) for _ in range(20)))

    assert read == ["market"]
    assert {a.status_code for a in answers} == {200}
    assert len({a.content for a in answers}) == 1


async def test_a_change_while_an_answer_is_made_is_not_missed_by_who_asks_later(
    api: Api, monkeypatch: pytest.MonkeyPatch
):
    """Who asks after the process heard of a change does not share a read from before it."""
    await rows.market(api.owner, 1)
    api.service.freshness.tick(slot=1, lag_ms=0)
    row, read, go_on = Database.row, asyncio.Event(), asyncio.Event()

    async def halted(self: Database, query: str, *args: Any) -> Any:
        found = await row(self, query, *args)
        if query == "market" and not read.is_set():
            read.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(Database, "row", halted)
    early = asyncio.create_task(api.get(MARKET))
    await read.wait()
    await api.owner.execute("update marts.markets set volume = 77")
    api.service.answers.changed(rows.market_id(1), 9)
    late = await api.get(MARKET)
    go_on.set()

    assert late.json()["data"]["volume"] == "77"
    assert (await early).json()["data"]["volume"] != "77"
    assert (await api.get(MARKET)).json()["data"]["volume"] == "77"
