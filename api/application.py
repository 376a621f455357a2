"""Puts the API together: parts, routes, front door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api import ballots, database, document, pages, problems, routes
from api.answers import Answers
from api.bodies import BodyLimit
from api.cursors import Cursors
from api.freshness import Freshness
from api.front import FrontDoor
from api.keys import KeyRing
from api.lane import BallotLane, WalletLane
from api.limits import Limiter
from api.markets import Directory
from api.reading import NotModified
from api.service import Service
from api.settings import ApiSettings
from api.socket.endpoint import Endpoint
from api.socket.hub import Hub
from api.tokens import Tokens
from oddsline import cache
from oddsline.health import PATHS, Health

DESCRIPTION = """\
Markets, trades, positions and votes of a Solana prediction market, as fresh as the chain.

Amounts are exact integers as strings: lamports, shares, or prices with 9 decimals. Every answer
says in `as_of` how far it goes. Lists page by opaque cursors. Errors are RFC 9457 problems.
"""


@asynccontextmanager
async def parts(settings: ApiSettings) -> AsyncIterator[Service]:
    """Everything a process shares, open while the block runs.

    Raises:
        OSError, asyncpg.PostgresError: Postgres is away or refuses.
    """
    redis = cache.commands(settings.redis_url, name="api")
    opened = database.opened(settings.authenticator_url, settings.service_url)
    async with opened as pools, ballots.office(settings, pools, redis) as office:
        freshness = Freshness(settings.stale_after_ms)
        answers = Answers(freshness, settings.answer_cache_mb * 1024 * 1024)
        yield Service(
            settings=settings,
            database=pools,
            redis=redis,
            freshness=freshness,
            answers=answers,
            limiter=Limiter(redis),
            keys=KeyRing(pools),
            tokens=Tokens(settings.token_keys, settings.domain, settings.token_ttl_s),
            cursors=Cursors(settings.cursor_key),
            markets=Directory(pools),
            health=Health("api"),
            hub=Hub(freshness, answers, settings.replay_memory_s),
            ballots=office,
        )
    await redis.aclose()


def framework(service: Service) -> FastAPI:
    """The routes, documented."""
    app = document.Documented(
        title="Oddsline",
        version="1.0.0",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.service = service
    problems.install(app)
    app.add_exception_handler(NotModified, _not_modified)
    for router in routes.ALL:
        app.include_router(router)
    for path in PATHS:
        app.router.routes.append(Route(path, service.health, methods=["GET"]))
    app.router.routes.extend(pages.routes())
    return app


def application(service: Service) -> ASGIApp:
    """The whole API as one ASGI app."""
    app = BallotLane(framework(service), service)
    limited = BodyLimit(app, service.settings.body_limit_bytes)
    door = FrontDoor(WalletLane(limited, service), service)
    sockets = Endpoint(service, door)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        await (sockets if scope["type"] == "websocket" else door)(scope, receive, send)

    front: ASGIApp = either
    if service.settings.allowed_origins:
        front = CORSMiddleware(
            front,
            allow_origins=service.settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "X-API-Key", "If-None-Match", "Content-Type"],
            expose_headers=["ETag", "RateLimit-*", "Retry-After", "X-Request-ID"],
        )
    return front


async def _not_modified(_: Request, answer: Exception) -> Response:
    assert isinstance(answer, NotModified)
    return Response(
        status_code=304, headers={"ETag": answer.etag, "Cache-Control": "public, max-age=1"}
    )
