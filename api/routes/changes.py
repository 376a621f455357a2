"""The stream of changes as pages, for who would rather ask than listen."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api import reading
from api.deps import ServiceDep
from api.models.base import Page
from api.models.stream import Change
from api.routes.documented import refusals

router = APIRouter(tags=["stream"])


@router.get("/changes", response_model=Page[Change], responses=refusals())
async def list_changes(
    service: ServiceDep,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="The last `pos` you have.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """Everything sockets were told after `after`, by position; `next_cursor` is the next `after`.

    The list has no end: a page that is not full means "ask again later".
    """
    as_of = await service.as_of()
    rows = await service.database.service_rows("changes", after, limit)
    next_cursor = str(rows[-1]["pos"]) if len(rows) == limit else None
    return reading.private(reading.page_head([row["body"] for row in rows], next_cursor), as_of)
