"""Whatever is posted to the webhook is answered; what is good among it lands."""

import asyncio
import json
import resource
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from benchmarks.traffic import trade
from oddsline import postgres
from tests.conftest import Servers, clone
from tests.integration.ingestion.conftest import running
from tests.integration.ingestion.conftest import settings as intake

ROUNDS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
#: What a request of at most 200 kB may cost at its worst, all examples together.
MOST_GROWTH_KB = 150_000
ANSWERS = {200, 400, 413, 415}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=20,
)


class Intake:
    """The service as ASGI on a database of its own, on a loop that outlives each example."""

    def __init__(self, url: str) -> None:
        self.runner = asyncio.Runner()
        self._running = running(intake(url, body_limit=200_000))
        self.client: httpx.AsyncClient = self.runner.run(self._running.__aenter__())
        self.connection = self.runner.run(postgres.connect(url, name="test"))
        self.next = 0

    def post(self, content: bytes, **headers: str) -> httpx.Response:
        return self.runner.run(
            self.client.post("/webhooks/helius", content=content, headers=headers)
        )

    def fresh(self) -> dict[str, Any]:
        """A trade that was not posted before."""
        self.next += 1
        return trade(self.next)

    def landed(self, item: dict[str, Any]) -> bool:
        statement = "select exists (select from raw.transactions where signature = $1)"
        found = self.connection.fetchval(statement, item["transaction"]["signatures"][0])
        return bool(self.runner.run(found))

    def close(self) -> None:
        self.runner.run(self.connection.close())
        self.runner.run(self._running.__aexit__(None, None, None))
        self.runner.close()


@pytest.fixture(scope="module")
def service(servers: Servers, bare_template: str) -> Iterator[Intake]:
    """One service for all examples of this file."""
    for name in clone(servers, bare_template):
        opened = Intake(servers.postgres_url(name))
        yield opened
        opened.close()


@ROUNDS
@given(body=st.binary(max_size=2000), gzipped=st.booleans())
def test_any_bytes_are_answered_and_never_by_5xx(
    service: Intake, body: bytes, gzipped: bool
) -> None:
    """Not JSON, not gzip, not an array: 400 and no worse."""
    headers = {"content-encoding": "gzip"} if gzipped else {}
    assert service.post(body, **headers).status_code in ANSWERS


@ROUNDS
@given(items=st.lists(JSON, max_size=6), place=st.integers(0, 6))
def test_any_json_beside_a_good_item_costs_the_good_one_nothing(
    service: Intake, items: list[Any], place: int
) -> None:
    """The array is acknowledged, each item accounted for, the good one landed."""
    good = service.fresh()
    items.insert(place, good)
    answer = service.post(json.dumps(items).encode())

    assert answer.status_code == 200
    counts = answer.json()
    assert counts["received"] == len(items)
    assert counts["landed"] >= 1
    assert sum(counts.values()) - counts["received"] == len(items)
    assert service.landed(good)


@ROUNDS
@given(data=st.data())
def test_a_recorded_item_with_anything_in_any_place_costs_its_neighbour_nothing(
    service: Intake, data: DataObject
) -> None:
    """A real item of which one to four parts are replaced, removed or doubled."""
    bad, good = trade(0), service.fresh()  # what is drawn must not depend on the example before
    for _ in range(data.draw(st.integers(1, 4))):
        _mutate(bad, data)
    answer = service.post(json.dumps([bad, good]).encode())

    assert answer.status_code == 200, answer.text
    assert answer.json()["received"] == 2
    assert service.landed(good)


@ROUNDS
@given(data=st.data())
def test_a_recorded_body_with_any_bytes_changed_is_answered(
    service: Intake, data: DataObject
) -> None:
    """Flipped, cut, doubled: refused whole, or taken item by item."""
    body = bytearray(orjson.dumps([trade(0), trade(1)]))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    assert service.post(bytes(body)).status_code in ANSWERS


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'[{"a":' * 30_000,
    ],
    ids=["deep", "half deep"],
)
def test_a_body_made_to_hurt_is_answered_and_memory_stays(service: Intake, body: bytes) -> None:
    """Twenty times over: what one request takes it gives back."""
    service.post(body)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(20):
        assert service.post(body).status_code in ANSWERS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KB


def _mutate(item: Any, data: DataObject) -> None:
    """Change one part, found by walking down at random."""
    at = item
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        below = at[key]
        if isinstance(below, dict | list) and below and data.draw(st.booleans()):
            at = below
            continue
        match data.draw(st.sampled_from(["replace", "remove", "wrap"])):
            case "replace":
                at[key] = data.draw(JSON)
            case "remove":
                del at[key]
            case _:
                at[key] = [below, below]
        return
