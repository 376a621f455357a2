"""Who is at the other end of a socket, and what it may do."""

import time
from dataclasses import dataclass

from api.caller import Caller
from api.keys import Key, KeyRing
from api.problems import Problem
from api.service import Service
from api.socket.asked import Auth
from api.tokens import Token


@dataclass
class Identity:
    """An address, and the key or token shown so far."""

    caller: Caller
    key: Key | None = None
    token: Token | None = None

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
        """Take what an `auth` message shows; False when it is no good."""
        if auth.token is not None:
            try:
                self.token = service.tokens.verify(auth.token)
            except Problem:
                return False
        if auth.key is not None:
            self.key = await service.keys.find(auth.key)
            return self.key is not None
        return auth.token is not None
