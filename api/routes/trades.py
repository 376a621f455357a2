"""Trades of a market, by chain order."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import cursors, reading
from api.deps import Cursor, Limit, MarketDep, ServiceDep
from api.models.base import Page
from api.models.markets import Side, Trade
from api.ordering import Order, place
from api.queries import load
from api.routes.documented import refusals

router = APIRouter(tags=["trades"])

#: traded_at, chain_order, trade_id
SORT_KEY = 3


@router.get("/trades/{market_id}", response_model=Page[Trade], responses=refusals(304, 400, 404))
async def list_trades(
    request: Request,
    service: ServiceDep,
    market: MarketDep,
    wallet: Annotated[str | None, Query(pattern=r"^[1-9A-HJ-NP-Za-km-z]{32,44}$")] = None,
    side: Side | None = None,
    from_: Annotated[datetime | None, Query(alias="from")] = None,
    to: Annotated[datetime | None, Query(description="Exclusive.")] = None,
    order: Order = Order.desc,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Trades, newest first (`order=asc` for the other way)."""
    answer = await reading.public(request, service, market.market_id)
    chosen = {"wallet": wallet, "side": side, "from": from_, "to": to, "order": order}
    scope = cursors.scope(f"/trades/{market.market_id}", chosen)
    after = service.cursors.open(scope, cursor, SORT_KEY) if cursor else [None] * SORT_KEY
    rows = await service.database.public.fetch(
        load("trades", **place(order)),
        market.market_address,
        wallet,
        side,
        from_,
        to,
        *after,
        limit + 1,
    )
    shown = rows[:limit]
    last = list(shown[-1].values())[:SORT_KEY] if len(rows) > limit else None
    next_cursor = service.cursors.seal(scope, last) if last else None
    return answer.page([row["body"] for row in shown], next_cursor)
