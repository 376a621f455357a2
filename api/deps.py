"""What routes depend on, as named types.

All of them are coroutines, the quick ones too: the framework runs plain functions in threads,
which costs more than everything else it does for a request.
"""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from api import markets, problems
from api.caller import SCOPE_KEY, Caller
from api.database import Claims
from api.markets import MarketRef
from api.service import Service


async def get_service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(get_service)]


async def get_caller(request: Request) -> Caller:
    caller: Caller = request.scope[SCOPE_KEY]
    return caller


CallerDep = Annotated[Caller, Depends(get_caller)]

MarketName = Annotated[
    str,
    Path(pattern=markets.PATTERN, description="A market's id (64 hex digits) or its address."),
]


async def get_market(service: ServiceDep, market_id: MarketName) -> MarketRef:
    """Load or 404, once for every route under a market."""
    return await service.markets.find(market_id)


MarketDep = Annotated[MarketRef, Depends(get_market)]


async def get_claims(request: Request, service: ServiceDep) -> Claims | None:
    """The wallet of the bearer token, None without one; a bad token is 401."""
    return claims_of(service, request.headers.get("authorization"))


def claims_of(service: Service, header: str | None) -> Claims | None:
    """The wallet that an Authorization header names.

    Raises:
        Problem: 401; what was shown is no valid token.
    """
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise problems.unauthorized("Authorization must be `Bearer <token>`.")
    return service.tokens.verify(token.strip()).claims


ClaimsDep = Annotated[Claims | None, Depends(get_claims)]

Limit = Annotated[int, Query(ge=1, le=200, description="Rows a page.")]
Cursor = Annotated[
    str | None, Query(max_length=1024, description="`next_cursor` of the page before.")
]
Wallet = Annotated[
    str,
    Path(pattern=r"^[1-9A-HJ-NP-Za-km-z]{32,44}$", description="A wallet's public key in base58."),
]
