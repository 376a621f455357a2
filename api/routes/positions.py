"""Positions: a wallet's own business, enforced twice."""

import orjson
from fastapi import APIRouter, Response

from api import cursors, problems, reading
from api.caller import Caller
from api.database import Claims
from api.deps import CallerDep, ClaimsDep, Cursor, Limit, ServiceDep, Wallet
from api.models.base import Page
from api.models.markets import Position
from api.routes.documented import TOKEN_OR_KEY, refusals
from api.service import Service

router = APIRouter(tags=["positions"])

DEFAULT_LIMIT = 100


@router.get(
    "/positions/{wallet}",
    response_model=Page[Position],
    responses=refusals(400, 403),
    openapi_extra=TOKEN_OR_KEY,
)
async def list_positions(
    service: ServiceDep,
    caller: CallerDep,
    claims: ClaimsDep,
    wallet: Wallet,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """What a wallet holds, market by market: for its own token, or for a service key."""
    return await page(service, caller, claims, wallet, limit=limit, cursor=cursor)


async def page(
    service: Service,
    caller: Caller,
    claims: Claims | None,
    wallet: str,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Response:
    """One page, however it was asked for.

    Raises:
        Problem: 401 or 403, not this caller's to see; 400, not a cursor of this list.
    """
    _permit(caller, claims, wallet)
    as_of = await service.as_of()
    scope = cursors.scope(f"/positions/{wallet}", {})
    [after] = service.cursors.open(scope, cursor, 1) if cursor else [None]
    bodies = await _read(service, claims, wallet, after, limit + 1)
    shown = bodies[:limit]
    next_cursor = None
    if len(bodies) > limit:
        next_cursor = service.cursors.seal(scope, [orjson.loads(shown[-1])["market_address"]])
    return reading.private(reading.page_head(shown, next_cursor), as_of)


def _permit(caller: Caller, claims: Claims | None, wallet: str) -> None:
    if caller.is_service or (claims is not None and claims.wallet == wallet):
        return
    if claims is None and caller.key is None:
        raise problems.unauthorized("Positions need the wallet's bearer token or a service key.")
    raise problems.forbidden("These are another wallet's positions.")


async def _read(
    service: Service, claims: Claims | None, wallet: str, after: str | None, limit: int
) -> list[str]:
    """With a token the rows are read as its wallet, so that Postgres decides once more."""
    if claims is not None and claims.wallet == wallet:
        rows = await service.database.rows_as(claims, "positions", wallet, after, str(limit))
    else:
        rows = await service.database.service_rows("positions", wallet, after, str(limit))
    return [row[0] for row in rows]
