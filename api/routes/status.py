"""How the line is, and how complete what it knows is."""

import orjson
from fastapi import APIRouter, Response

from api import reading
from api.deps import ServiceDep
from api.models.base import One, Page
from api.models.status import Held, Standing, Status, Success
from api.routes.documented import refusals
from api.service import Service

router = APIRouter(tags=["status"])


@router.get("/status", response_model=One[Status], responses=refusals())
async def get_status(service: ServiceDep) -> Response:
    """How far landing and fold are, what waits for a person, and whether this process is told."""
    as_of = await service.as_of()
    row = await service.database.service_row("status")
    assert row is not None  # one epoch, one cursor
    told = {**row, "stale": service.freshness.stale, "sockets": len(service.hub.members)}
    return reading.private(b'{"data":' + orjson.dumps(told) + b",", as_of)


@router.get("/status/holds", response_model=Page[Held], responses=refusals())
async def list_holds(service: ServiceDep) -> Response:
    """Markets that the monitor does not finalize until a person releases them, and why."""
    return await _listed(service, "holds")


@router.get("/status/transitions", response_model=Page[Success], responses=refusals())
async def list_success(service: ServiceDep) -> Response:
    """How many of our own transactions' intents ended well, in 1 h, 24 h and 7 d."""
    return await _listed(service, "success")


@router.get("/status/completeness", response_model=Page[Standing], responses=refusals())
async def list_completeness(service: ServiceDep) -> Response:
    """Up to which slot nothing is missing: as two sources agree, and as proven by the chain."""
    return await _listed(service, "completeness")


async def _listed(service: Service, query: str) -> Response:
    as_of = await service.as_of()
    rows = await service.database.service_rows(query)
    return reading.private(reading.page_head([row["body"] for row in rows], None), as_of)
