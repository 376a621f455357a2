"""Whatever the OpenAPI document allows, and much that it forbids: no answer is 5xx or undescribed."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.application import parts
from api.settings import ApiSettings
from oddsline import postgres
from tests.conftest import Servers, clone
from tests.integration.api import rows
from tests.integration.api.sockets import serving
from votes.ballot import Domain

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
        settings = ApiSettings(
            home=tmp_path_factory.mktemp("api"),
            database_url=servers.postgres_url(name),
            authenticator_url=servers.postgres_url(name, "authenticator"),
            service_url=servers.postgres_url(name, "service"),
            redis_url=servers.redis_url(next(_redis_numbers)),
            jwt_key="a secret that only this test knows and keeps",
            domain="oddsline.test",
            drain_s=0,
            limit_auth_per_ip=1_000_000,
            limit_ballots_per_ip=1_000_000,
        )
        told: Future[tuple[str, str]] = Future()
        done = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(_serve(settings, told, done)))
        thread.start()
        where, key = told.result(60)
        yield f"http://{where}", {"X-API-Key": key}
        done.set()
        thread.join()


async def _serve(
    settings: ApiSettings, told: Future[tuple[str, str]], done: threading.Event
) -> None:
    """Serve until `done`, on a loop of its own beside the generator's."""
    try:
        owner = await postgres.connect(str(settings.database_url), name="test")
        key = await _filled(owner)
        async with parts(settings) as service:
            chain = Domain("oddsline.test", rows.address("genesis"), rows.address("p"))
            service.ballots._domain = chain
            async with serving(service) as where:
                told.set_result((where, key))
                await asyncio.to_thread(done.wait)
        await owner.close()
    except BaseException as error:
        if not told.done():
            told.set_exception(error)
        raise


async def _filled(owner) -> str:
    """A market of each kind with something of everything; returns an admin key."""
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
    case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)
