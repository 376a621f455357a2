"""Who is at the other end of a socket, and what it may do."""

import time
from dataclasses import dataclass

from api.caller import Caller
from api.keys import Key, KeyRing
from api.problems import Problem
from api.service import Service
from api.socket.asked import Auth
from api.tokens import Token

#: A connection that has shown so many wrong tokens or keys in a row is a guesser's.
MAX_WRONG = 3


class Guessing(Exception):
    """Too many tokens or keys were shown, or too many wrong ones; the message goes to the client."""


@dataclass
class Identity:
    """An address, and the key or token shown so far."""

    caller: Caller
    key: Key | None = None
    token: Token | None = None
    wrong: int = 0  # shown in a row

    @property
    def may_follow_everything(self) -> bool:
        return self.key is not None and self.key.allows("stream:all")

    @property
    def counted_as(self) -> str:
        return f"key:{self.key.prefix}" if self.key else f"ip:{self.caller.address}"

    def is_over(self, keys: KeyRing) -> bool:
        """Whether what it showed no longer holds: an expired token, a revoked key."""
        if self.token is not None and self.token.expires_at <= time.time():
            return True
        return self.key is not None and not keys.in_force(self.key.prefix)

    async def show(self, service: Service, auth: Auth) -> bool:
        """Take what an `auth` message shows; False when it is no good.

        Counted for its address before it is looked at, and not looked at while Redis is away: else
        sockets would be a way around the limits of sign-in.

        Raises:
            Guessing: the address has shown too many, or this connection too many wrong ones.
            Problem: 503, it was not looked at.
        """
        limit = service.settings.limit_socket_auth_per_ip
        name = f"socket-auth:{self.caller.address}"
        verdict = await service.limiter.ask(name, limit, fail_open=False)
        if not verdict.allowed:
            raise Guessing("too many auth messages")
        good = await self._take(service, auth)
        self.wrong = 0 if good else self.wrong + 1
        if self.wrong >= MAX_WRONG:
            raise Guessing("too many wrong tokens or keys")
        return good

    async def _take(self, service: Service, auth: Auth) -> bool:
        if auth.token is not None:
            try:
                self.token = service.tokens.verify(auth.token)
            except Problem:
                return False
        if auth.key is not None:
            key = await service.keys.find(auth.key)
            self.key = key or self.key  # a slip takes nothing away
            return key is not None
        return auth.token is not None
