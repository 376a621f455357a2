"""Markets, and what belongs to one."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import cursors, reading
from api.answers import EVERYTHING
from api.deps import Cursor, Limit, MarketDep, ServiceDep
from api.models.base import One, Page
from api.models.markets import Candle, Interval, Market, State, Transition
from api.ordering import CANDLES, MARKET_SORTS, SNAPSHOT_S, Order, place
from api.queries import load
from api.routes.documented import refusals

router = APIRouter(tags=["markets"])


class Sort(StrEnum):
    """By what markets are listed."""

    created_at = "created_at"
    volume = "volume"
    last_trade_at = "last_trade_at"


@router.get("/markets", response_model=Page[Market], responses=refusals(304, 400))
async def list_markets(
    request: Request,
    service: ServiceDep,
    state: State | None = None,
    creator: Annotated[str | None, Query(pattern=r"^[1-9A-HJ-NP-Za-km-z]{32,44}$")] = None,
    sort: Sort = Sort.created_at,
    order: Order = Order.desc,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Markets, newest first unless asked otherwise; those whose id is not known yet are hidden.

    By volume or last trade they come in the order of a snapshot that is renewed each second.
    """
    max_age_s = reading.FOREVER if sort is Sort.created_at else SNAPSHOT_S
    answer = await reading.public(request, service, EVERYTHING, max_age_s)
    scope = cursors.scope(
        "/markets", {"state": state, "creator": creator, "sort": sort, "order": order}
    )
    after = service.cursors.open(scope, cursor, 2) if cursor else [None, None]
    query = load("markets", **MARKET_SORTS[sort], **place(order))
    rows = await service.database.public.fetch(query, state, creator, *after, limit + 1)
    shown = rows[:limit]
    more = len(rows) > limit
    seal = service.cursors.seal
    next_cursor = seal(scope, [shown[-1][0], shown[-1][1]]) if more else None
    return answer.page([row["body"] for row in shown], next_cursor)


@router.get("/markets/{market_id}", response_model=One[Market], responses=refusals(304, 404))
async def get_market(request: Request, service: ServiceDep, market: MarketDep) -> Response:
    """One market as its events left it."""
    answer = await reading.public(request, service, market.market_id)
    row = await service.database.row("market", market.market_address)
    assert row is not None  # MarketDep found it, and markets are never deleted
    return answer.one(row["body"])


@router.get(
    "/markets/{market_id}/candles", response_model=Page[Candle], responses=refusals(304, 400, 404)
)
async def list_candles(
    request: Request,
    service: ServiceDep,
    market: MarketDep,
    interval: Interval = "1m",
    from_: Annotated[datetime | None, Query(alias="from")] = None,
    to: Annotated[datetime | None, Query(description="Exclusive.")] = None,
    fill: Annotated[bool, Query(description="Add flagged empty buckets.")] = False,  # noqa: FBT002 the framework reads it by name
    limit: Annotated[int, Query(ge=1, le=1500)] = 500,
    cursor: Cursor = None,
) -> Response:
    """YES prices by bucket, oldest first; each candle is made of its own trades alone.

    Filled buckets carry the last close up to the market's last trade, never past its resolution.
    """
    answer = await reading.public(request, service, market.market_id)
    chosen = {"interval": interval, "from": from_, "to": to, "fill": fill}
    scope = cursors.scope(f"/candles/{market.market_id}", chosen)
    [after] = service.cursors.open(scope, cursor, 1) if cursor else [None]
    rows = await service.database.public.fetch(
        load("candles", **CANDLES[fill]),
        market.market_address,
        interval,
        from_,
        to,
        after,
        limit + 1,
    )
    shown = rows[:limit]
    next_cursor = service.cursors.seal(scope, [shown[-1][0]]) if len(rows) > limit else None
    return answer.page([row["body"] for row in shown], next_cursor)


@router.get(
    "/markets/{market_id}/transitions",
    response_model=Page[Transition],
    responses=refusals(304, 404),
)
async def list_transitions(request: Request, service: ServiceDep, market: MarketDep) -> Response:
    """A market's life so far, oldest first; it is short enough to be one page."""
    answer = await reading.public(request, service, market.market_id)
    rows = await service.database.rows("transitions", market.market_address)
    return answer.page([row["body"] for row in rows], None)
