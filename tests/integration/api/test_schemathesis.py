"""Whatever the OpenAPI document allows, and much that it forbids: no answer is 5xx or undescribed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI, HTTPException
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup, ServerError
from schemathesis.openapi.checks import UndefinedStatusCode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import Servers, clone
from tests.integration.api import rows
from tests.integration.api.aside import Aside, served, settings_of

DOCUMENT = Path(__file__).parents[3] / "api" / "openapi.json"
#: Requests generated for each operation, besides those that cover its parameters' edges.
EXAMPLES = 25
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

_config = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(generation=GenerationConfig(deterministic=True, database="none"))
    )
)
schema = schemathesis.openapi.from_path(DOCUMENT, config=_config)


@pytest.fixture(scope="module")
def caller(
    servers: Servers,
    template: str,
    _redis_numbers: Iterator[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Where a filled API answers, and the headers of a key that may everything."""
    for name in clone(servers, template):
        home = tmp_path_factory.mktemp("api")
        with served(settings_of(servers, name, next(_redis_numbers), home)) as api:
            yield f"http://{api.where}", {"X-API-Key": api.call(_filled)}


async def _filled(api: Aside) -> str:
    """A market of each kind with something of everything; returns an admin key."""
    owner = api.owner
    await rows.market(owner, 1, last_trade_at=rows.START)
    await rows.market(owner, 2, state="PROPOSED", proposal_likes=1)
    for k in range(3):
        await rows.trade(owner, 1, k)
        await rows.candle(owner, 1, k, 5)
        await rows.position(owner, 1, rows.address(k))
        await rows.traded_day(owner, f"w{k}", k, invested=1)
    round_ = await rows.transition(owner, 2, 0, "PROPOSED", event="MarketCreated")
    await rows.ballot(owner, 2, "a", "like", "proposal", round_)
    await rows.outbox(owner, 1, 1, 1, "state:change", {})
    return await rows.key(owner, "admin", rate=1_000_000_000)


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
)
def test_every_operation_answers_as_it_is_described(case, caller):
    """Known markets and wallets take the place of half of the invented ones."""
    url, headers = caller
    known = {"market_id": rows.market_id(1 + len(str(case.query)) % 2), "wallet": rows.address(0)}
    places = case.path_parameters or {}
    for name in places.keys() & known.keys():
        if len(str(places[name])) % 2:
            places[name] = known[name]
    judge(case, base_url=url, headers=headers)


def judge(case: "schemathesis.Case[Any]", **where: Any) -> None:
    """Send a request and hold its answer against the document.

    Raises:
        FailureGroup: says what the answer was and why that is wrong.
    """
    case.call_and_validate(checks=CHECKS, **where)


@pytest.mark.parametrize(
    ("path", "failure"),
    [("/fine", None), ("/broken", ServerError), ("/undescribed", UndefinedStatusCode)],
)
def test_a_route_that_breaks_its_word_is_reported(path: str, failure: type[Failure] | None):
    """What judges our routes lets a good one pass and names a 5xx and a status never told of."""
    app = FastAPI()

    @app.get("/fine")
    def fine() -> dict[str, str]:
        return {}

    @app.get("/broken")
    def broken() -> dict[str, str]:
        raise HTTPException(500)

    @app.get("/undescribed")
    def undescribed() -> dict[str, str]:
        raise HTTPException(418)

    case = schemathesis.openapi.from_asgi("/openapi.json", app)[path]["GET"].Case()

    found: list[BaseException] = []
    try:
        judge(case)
    except FailureGroup as group:
        found.extend(group.exceptions)

    assert [type(one) for one in found if type(one) is failure] == ([failure] if failure else [])
    assert bool(found) == (failure is not None)
