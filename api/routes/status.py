"""How the line is, and how complete what it knows is."""

import orjson
from fastapi import APIRouter, Response

from api import reading
from api.deps import ServiceDep
from api.models.base import One, Page
from api.models.status import Standing, Status
from api.routes.documented import refusals

router = APIRouter(tags=["status"])


@router.get("/status", response_model=One[Status], responses=refusals())
async def get_status(service: ServiceDep) -> Response:
    """How far landing and fold are, what waits for a person, and whether this process is told."""
    as_of = await service.as_of()
    row = await service.database.service_row("status")
    assert row is not None  # one epoch, one cursor
    told = {**row, "stale": service.freshness.stale, "sockets": len(service.hub.members)}
    return reading.private(b'{"data":' + orjson.dumps(told) + b",", as_of)


@router.get("/status/completeness", response_model=Page[Standing], responses=refusals())
async def list_completeness(service: ServiceDep) -> Response:
    """Up to which slot nothing is missing: as two sources agree, and as proven by the chain."""
    as_of = await service.as_of()
    rows = await service.database.service_rows("completeness")
    return reading.private(reading.page_head([row["body"] for row in rows], None), as_of)
