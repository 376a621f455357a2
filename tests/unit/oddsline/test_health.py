"""Health means fit for work, and it says what is not."""

import asyncio

import httpx
import orjson
import pytest

from oddsline import health


async def _fine() -> None:
    return None


async def _broken() -> None:
    raise ConnectionError("postgresql://u:hunter2@db/x refused")


async def _hangs() -> None:
    await asyncio.sleep(60)


async def test_a_process_whose_checks_pass_is_ready():
    """Every check is named in the answer."""
    answer = await health.Health("x", {"postgres": _fine}).answer("/readyz")

    assert answer is not None
    assert answer.status == 200
    assert orjson.loads(answer.body)["checks"] == {"postgres": {"ok": True}}


async def test_a_failing_check_makes_it_unready_and_hides_the_password():
    """The reason is told, the secret is not."""
    answer = await health.Health("x", {"postgres": _broken, "redis": _fine}).answer("/readyz")

    assert answer is not None
    assert answer.status == 503
    assert b"ConnectionError" in answer.body
    assert b"hunter2" not in answer.body


async def test_a_check_that_hangs_has_failed(monkeypatch):
    """Readiness answers although a server does not."""
    monkeypatch.setattr(health, "CHECK_TIMEOUT", 0.01)

    answer = await health.Health("x", {"redis": _hangs}).answer("/readyz")

    assert answer is not None
    assert answer.status == 503


async def test_a_draining_process_is_alive_but_not_ready():
    """Load balancers turn away before the process closes."""
    draining = health.Health("x", draining=True)

    ready, alive = await draining.answer("/readyz"), await draining.answer("/livez")

    assert ready is not None
    assert alive is not None
    assert (ready.status, alive.status) == (503, 200)


async def test_a_worker_serves_its_health_on_its_own_port():
    """The three routes answer over HTTP, others get 404 and writes 405."""
    async with (
        health.serve(health.Health("w"), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        got = [(await client.get(path)).status_code for path in (*health.PATHS, "/x")]
        posted = (await client.post("/livez")).status_code
        text = (await client.get("/metrics")).text

    assert got == [200, 200, 200, 404]
    assert posted == 405
    assert "oddsline_ready" in text


@pytest.mark.parametrize(("path", "status"), [("/livez", 200), ("/nothing", 404)])
async def test_it_is_an_asgi_app(path, status):
    """FastAPI can mount it."""
    transport = httpx.ASGITransport(app=health.Health("a"))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        assert (await client.get(path)).status_code == status
