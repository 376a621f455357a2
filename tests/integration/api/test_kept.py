"""Revalidation and kept answers, from the outside."""

from api.service import Service
from tests.integration.api import rows
from tests.integration.api.conftest import Api


async def test_a_current_copy_is_304_and_a_change_makes_it_200(api: Api, service: Service):
    """The ETag follows the market's version, whether or not the answer was kept."""
    market = await rows.market(api.owner, 1)
    service.freshness.tick(slot=1, lag_ms=0)
    first = await api.get(f"/markets/{market}")
    headers = {"If-None-Match": first.headers["etag"]}
    kept = await api.get(f"/markets/{market}", headers=headers)
    await api.owner.execute("update marts.markets set volume = 77")
    service.answers.changed(market, 9)
    changed = await api.get(f"/markets/{market}", headers=headers)

    assert (first.status_code, kept.status_code, changed.status_code) == (200, 304, 200)
    assert kept.content == b""
    assert changed.json()["data"]["volume"] == "77"


async def test_a_kept_answer_is_the_same_document(api: Api, service: Service):
    """Memory and Postgres answer alike, limits included."""
    market = await rows.market(api.owner, 1)
    service.freshness.tick(slot=1, lag_ms=0)
    made = await api.get(f"/markets/{market}")
    kept = await api.get(f"/markets/{market}")

    assert kept.json() == made.json()
    assert kept.headers["etag"] == made.headers["etag"]
    assert "ratelimit-remaining" in kept.headers
