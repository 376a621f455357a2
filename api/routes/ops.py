"""The operators' desk as one answer; the page `/ops` shows it."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Response

from api import problems, reading
from api.caller import Caller
from api.deps import CallerDep, ServiceDep
from api.models.base import One
from api.models.ops import Desk
from api.routes.documented import KEY_ONLY, refusals
from api.service import Service

router = APIRouter(tags=["ops"])

LISTS = ("alerts", "checks", "transitions", "days", "dead_letters")


@router.get("/ops/desk", response_model=One[Desk], responses=refusals(403), openapi_extra=KEY_ONLY)
async def get_desk(service: ServiceDep, caller: CallerDep) -> Response:
    """Lag, throughput, alerts, checks, runs, transitions and dead letters: for an admin key."""
    _permit(caller)
    as_of = await service.as_of()
    runs, flow, *lists = await asyncio.gather(
        _runs(service),
        _bodies(service, "ops_flow"),
        *(_bodies(service, f"ops_{name}") for name in LISTS),
    )
    told = {"flow": flow[0], "runs": runs}
    told |= {name: _array(bodies) for name, bodies in zip(LISTS, lists, strict=True)}
    members = ",".join(f'"{name}":{body}' for name, body in told.items())
    return reading.private(f'{{"data":{{{members}}},'.encode(), as_of)


def _permit(caller: Caller) -> None:
    if caller.key is None:
        raise problems.unauthorized("Show a key with the scope `admin` as X-API-Key.")
    if not caller.key.allows("admin"):
        raise problems.forbidden("This key has not the scope `admin`.")


async def _bodies(service: Service, query: str) -> list[str]:
    return [row["body"] for row in await service.database.service_rows(query)]


async def _runs(service: Service) -> str:
    """Dagster's runs; null where it has no tables yet."""
    found = await service.database.service_row("ops_has_dagster")
    if not found or not found["has_dagster"]:
        return "null"
    return _array(await _bodies(service, "ops_runs"))


def _array(bodies: Sequence[str]) -> str:
    return f"[{','.join(bodies)}]"
