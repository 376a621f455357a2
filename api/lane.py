"""A lane past the framework for what a wallet asks for most: its positions, first page.

The framework finds the route, its dependencies and their types anew for each request, which costs
more than the query (docs/adr/0005). This answers `GET /positions/{wallet}` without a query string
by the route's own function; anything else goes the usual way.
"""

import re
from types import SimpleNamespace

from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from api.caller import SCOPE_KEY
from api.deps import claims_of
from api.front import header
from api.routes import positions
from api.service import Service

_PATH = re.compile(r"/positions/([1-9A-HJ-NP-Za-km-z]{32,44})")
#: What metrics and logs call the route.
_ROUTE = SimpleNamespace(path="/positions/{wallet}")


class WalletLane:
    """An ASGI app in front of the framework's, behind the front door."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on.

        Raises:
            Problem: the request is refused; the front door words it.
        """
        plain = scope["method"] == "GET" and not scope["query_string"]
        match = _PATH.fullmatch(scope["path"]) if plain else None
        if match is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        shown = header(scope, b"authorization")
        claims = claims_of(self._service, shown.decode("latin-1") if shown is not None else None)
        try:
            answer = await positions.page(self._service, scope[SCOPE_KEY], claims, match[1])
        except problems.AWAY as error:
            raise problems.away() from error
        await answer(scope, receive, send)
