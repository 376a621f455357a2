"""Lanes past the framework for what wallets ask for most: to see their positions, to cast a ballot.

The framework finds the route, its dependencies and their types anew for each request, which costs
more than the work itself (docs/adr/0005). A lane answers a well-formed request by the route's own
function; anything else, malformed bodies too, goes the usual way and is answered there.
"""

import re
from types import SimpleNamespace

from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems, taking
from api.bodies import replaying
from api.caller import SCOPE_KEY
from api.deps import claims_of
from api.front import header
from api.markets import NAME
from api.models.ballots import SignedBallot
from api.reading import JSON
from api.routes import positions
from api.service import Service

_POSITIONS = re.compile(r"/positions/([1-9A-HJ-NP-Za-km-z]{32,44})")
_BALLOT = re.compile(rf"/votes/(?P<kind>proposal|dispute)/(?P<market>{NAME})")
#: What metrics and logs call the routes.
_POSITIONS_ROUTE = SimpleNamespace(path="/positions/{wallet}")
_BALLOT_ROUTES = {
    kind: SimpleNamespace(path=f"/votes/{kind}/{{market_id}}") for kind in ("proposal", "dispute")
}


class WalletLane:
    """`GET /positions/{wallet}` without a query string: an ASGI app in front of the framework's."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on.

        Raises:
            Problem: the request is refused; the front door words it.
        """
        plain = scope["method"] == "GET" and not scope["query_string"]
        match = _POSITIONS.fullmatch(scope["path"]) if plain else None
        if match is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = _POSITIONS_ROUTE
        shown = header(scope, b"authorization")
        claims = claims_of(self._service, shown.decode("latin-1") if shown is not None else None)
        try:
            answer = await positions.page(self._service, scope[SCOPE_KEY], claims, match[1])
        except problems.AWAY as error:
            raise problems.away() from error
        await answer(scope, receive, send)


class BallotLane:
    """`POST /votes/{kind}/{market_id}`: an ASGI app behind the limit of bodies."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on.

        Raises:
            Problem: the request is refused; the front door words it.
        """
        match = _BALLOT.fullmatch(scope["path"]) if scope["method"] == "POST" else None
        if match is None or header(scope, b"content-type") != JSON.encode():
            await self._app(scope, receive, send)
            return
        message = await receive()
        posted = _read(message)
        if posted is None:
            await self._app(scope, replaying(message, receive), send)
            return
        scope["route"] = _BALLOT_ROUTES[match["kind"]]
        try:
            market = await self._service.markets.find(match["market"])
            ballot = taking.ballot_of(market.market_id, match["kind"], posted)
            answer = await taking.take(self._service, scope[SCOPE_KEY], ballot, posted)
        except problems.AWAY as error:
            raise problems.away() from error
        await answer(scope, receive, send)


def _read(message: Message) -> SignedBallot | None:
    """The ballot of a body; None where the framework has to say what is wrong with it."""
    try:
        return SignedBallot.model_validate_json(message.get("body", b""))
    except ValidationError:
        return None
