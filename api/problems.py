"""Errors as RFC 9457 problem documents: one shape for everything that is refused."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:oddsline:problem:"

#: What a server that is away or too slow looks like from here.
AWAY: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.QueryCanceledError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    ConnectionError,
    TimeoutError,
    RedisError,
)

log = structlog.get_logger(__name__)


class Problem(Exception):  # it is named after the RFC's document
    """A refusal with a status of HTTP, a stable slug and a sentence for a person."""

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = list(errors)


def document(problem: Problem, instance: str) -> dict[str, Any]:
    """The problem as the members RFC 9457 names; `errors` only where there are some."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.slug,
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return body


def encode(problem: Problem, instance: str) -> bytes:
    return orjson.dumps(document(problem, instance))


def not_found(what: str) -> Problem:
    return Problem(404, "not-found", f"There is no {what}.")


def unknown_kind(kind: str) -> Problem:
    return Problem(
        404, "unknown-kind", f"There is no vote of kind {kind!r}; there are proposal and dispute."
    )


def bad_cursor(why: str) -> Problem:
    return Problem(400, "bad-cursor", f"The cursor cannot be used: {why}.")


def unauthorized(detail: str) -> Problem:
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


def forbidden(detail: str) -> Problem:
    return Problem(403, "forbidden", detail)


def unavailable(detail: str, retry_after_s: int = 1) -> Problem:
    return Problem(503, "unavailable", detail, headers={"Retry-After": str(retry_after_s)})


def away() -> Problem:
    """One of `AWAY` came up."""
    return unavailable("A server behind this route does not answer just now.")


def internal() -> Problem:
    return Problem(500, "internal", "An error of ours; it has been recorded.")


def install(app: FastAPI) -> None:
    """Answer every refusal of the app, the framework's own included, as a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation)
    for away in AWAY:
        app.add_exception_handler(away, _on_away)
    app.add_exception_handler(Exception, _on_crash)


def _respond(request: Request, problem: Problem) -> Response:
    return Response(
        encode(problem, request.url.path),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _respond(request, error)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    slug = phrase.lower().replace(" ", "-")
    detail = str(error.detail) if error.detail != phrase else _said(request, error.status_code)
    headers = error.headers or {}
    return _respond(request, Problem(error.status_code, slug, detail, headers=headers))


def _said(request: Request, status: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return f"Nothing is served at {request.url.path}."
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method} is not offered at {request.url.path}."
    return HTTPStatus(status).description or HTTPStatus(status).phrase


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {
            "in": str(item["loc"][0]),
            "name": ".".join(str(part) for part in item["loc"][1:]),
            "detail": item["msg"],
        }
        for item in error.errors()
    ]
    names = ", ".join(sorted({item["name"] or item["in"] for item in errors}))
    problem = Problem(422, "validation", f"Not valid: {names}.", errors=errors)
    return _respond(request, problem)


async def _on_crash(request: Request, _: Exception) -> Response:
    return _respond(request, internal())  # the framework raises it again: the front door logs it


async def _on_away(request: Request, error: Exception) -> Response:
    log.warning("a server is away", path=request.url.path, error=type(error).__name__)
    return _respond(request, away())
