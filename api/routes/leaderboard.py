"""Who trades most, and how it went for them."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import reading
from api.answers import EVERYTHING
from api.deps import ServiceDep
from api.models.base import Page
from api.models.leaderboard import Trader
from api.routes.documented import refusals

router = APIRouter(tags=["leaderboard"])

#: The sums are renewed every few seconds, after the stream has told of what moved them.
MAX_AGE_S = 5.0


class Window(StrEnum):
    """How far back trades count."""

    day = "day"
    week = "week"
    month = "month"
    all = "all"


class By(StrEnum):
    """What the list is ordered by."""

    volume = "volume"
    net_cash = "net_cash"
    trade_count = "trade_count"


@router.get("/leaderboard", response_model=Page[Trader], responses=refusals(304))
async def list_traders(
    request: Request,
    service: ServiceDep,
    window: Window = Window.all,
    by: By = By.volume,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The wallets with the most volume, cash or trades in a window, one page."""
    answer = await reading.public(request, service, EVERYTHING, MAX_AGE_S)
    rows = await service.database.rows("leaderboard", window.value, by.value, limit)
    return answer.page([row["body"] for row in rows], None)
