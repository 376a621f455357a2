"""What operators see of the API: metrics by template, request ids, headers, readiness."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from prometheus_client import REGISTRY

from api.application import application
from api.ready import watch
from api.service import Service
from tests.integration.api.conftest import Api, caller
from tests.integration.api.sockets import dialled, serving
from tests.support.keeping import eventually


def counted(route: str, status: str = "200") -> float:
    labels = {"route": route, "method": "GET", "status": status}
    return REGISTRY.get_sample_value("oddsline_api_requests_total", labels) or 0.0


@pytest.mark.parametrize("shown", ["a b", "x" * 65, "line\tbreak", ""])
async def test_a_request_id_that_could_forge_a_log_is_replaced(api: Api, shown: str):
    """Short and plain, or ours."""
    answer = await api.get("/status", headers={"X-Request-ID": shown})

    assert answer.headers["x-request-id"] not in {shown, ""}


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        (f"/markets/{'ab' * 32}", "/markets/{market_id}", "404"),
        ("/docs", "/docs", "200"),
        ("/livez", "/livez", "200"),
        ("/assets/js/main.js", "/assets", "200"),
        ("/assets/js/none.js", "/assets", "404"),
        ("/wp-admin/setup.php", "unmatched", "404"),
    ],
)
async def test_requests_are_counted_by_route_template(api: Api, path, route, status):
    """However many markets are asked for, and whatever is guessed."""
    before = counted(route, status)
    await api.get(path)

    assert counted(route, status) == before + 1


@pytest.mark.parametrize("path", ["/markets", "/nothing", "/", "/docs", "/assets/css/base.css"])
async def test_every_answer_has_the_security_headers(api: Api, path: str):
    """Pages allow themselves their own files, documents nothing."""
    headers = (await api.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://desk.test", True), ("https://e.test", False)]
)
async def test_other_origins_may_call_only_by_configuration(service: Service, origin, allowed):
    """A preflight and the answer itself name the origin, or do not."""
    service.settings.__dict__["cors_origins"] = "https://desk.test"
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    async with caller(application(service)) as client:
        preflight = await client.options("/markets", headers=asked)
        answer = await client.get("/markets", headers={"Origin": origin})
    told = [a.headers.get("access-control-allow-origin") for a in (preflight, answer)]

    assert told == ([origin, origin] if allowed else [None, None])


async def test_without_configuration_no_origin_is_named(api: Api):
    """Our own page needs none."""
    answer = await api.get("/markets", headers={"Origin": "https://desk.test"})

    assert "access-control-allow-origin" not in answer.headers


async def test_readiness_names_what_is_away(api: Api, monkeypatch: pytest.MonkeyPatch):
    """Postgres, Redis and the fold; Redis is gone here."""
    watch(api.service)
    well = await api.get("/readyz")

    async def ping() -> None:
        raise ConnectionError

    monkeypatch.setattr(api.service.redis, "ping", ping)
    ill = await api.get("/readyz")

    assert well.status_code == 200
    assert ill.status_code == 503
    assert "redis" in ill.text


async def test_a_draining_process_is_not_ready_while_its_sockets_are_still_open(service: Service):
    """Balancers look elsewhere first; only then clients are sent back, not all at one moment."""
    service.settings.__dict__["drain_s"] = 1.0
    async with AsyncExitStack() as stack, httpx.AsyncClient(trust_env=False) as client:
        serving_stack = await stack.enter_async_context(AsyncExitStack())
        where = await serving_stack.enter_async_context(serving(service))
        socket = await stack.enter_async_context(dialled(where))
        ending = asyncio.create_task(serving_stack.aclose())
        answer = await eventually(
            lambda: client.get(f"http://{where}/readyz"), lambda told: not told.is_success
        )
        await socket.say(type="ping", id=1)
        pong = await socket.hear()
        code, reason = await socket.closed()
        await ending

    assert answer.status_code == 503
    assert pong == {"type": "pong", "id": 1}
    assert code == 1012
    assert reason is not None
    assert reason.startswith('{"retry_after_ms":')
