"""The demo fails loudly where REST says something else than the chain."""

import io
import time

import httpx2
import pytest
from rich.console import Console

from chain.local.demo import compare
from chain.local.demo.compare import Comparison, DifferenceError

ID = "ab" * 32


def comparison(*answers: httpx2.Response) -> tuple[Comparison, io.StringIO]:
    """A comparison against REST answering this, the last one for ever; and what is printed."""
    left = list(answers)

    def answer(_: httpx2.Request) -> httpx2.Response:
        return left.pop(0) if len(left) > 1 else left[0]

    http = httpx2.AsyncClient(base_url="http://api", transport=httpx2.MockTransport(answer))
    out = io.StringIO()
    return Comparison(http, Console(file=out)), out


def market(**fields: object) -> httpx2.Response:
    """REST's answer for one market."""
    return httpx2.Response(200, json={"data": fields})


async def test_rest_may_come_to_know_a_market_a_little_later():
    """404, then an older state, then the chain's: agreed, and the wait is noted."""
    rest, out = comparison(
        httpx2.Response(404), market(state="PROPOSED"), market(state="ACTIVE", final_outcome=None)
    )
    fields = {"state": "ACTIVE", "final_outcome": "-"}
    await rest.market("activate", ID, fields, time.monotonic())

    assert len(rest.waits_ms) == 1
    assert "ACTIVE" in out.getvalue()


async def test_a_lasting_difference_ends_the_story(monkeypatch: pytest.MonkeyPatch):
    """Both values are printed, the field is named."""
    monkeypatch.setattr(compare, "PATIENCE_S", 0.0)
    rest, out = comparison(market(state="ACTIVE", shares_yes="7"))

    with pytest.raises(DifferenceError, match="trade 1: shares_yes"):
        await rest.market("trade 1", ID, {"state": "ACTIVE", "shares_yes": "8"}, time.monotonic())
    assert "7" in out.getvalue()
    assert "never" in out.getvalue()
    assert rest.waits_ms == []


async def test_a_position_is_that_of_the_market():
    """Other markets' positions of the wallet are not compared."""
    rows = [{"market_id": "cd" * 32, "claimed": "1"}, {"market_id": ID, "claimed": "2"}]
    rest, _ = comparison(httpx2.Response(200, json={"data": rows}))
    await rest.position("claim", ID, "wallet", {"claimed": "2"}, time.monotonic())

    assert len(rest.waits_ms) == 1
