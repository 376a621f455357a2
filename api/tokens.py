"""Short-lived bearer tokens: JSON Web Tokens of one algorithm, signed by a named key."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jwt

from api import problems
from api.database import Claims

ALGORITHM = "HS256"
AUDIENCE = "oddsline-api"
#: Namespace of `sub`: a wallet's uuid is the same wherever it is computed.
WALLETS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:oddsline:wallet")
MAX_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Token:
    """A verified token: whose it is and until when (unix seconds)."""

    claims: Claims
    expires_at: float


def subject(wallet: str) -> str:
    """The uuid of a wallet."""
    return str(uuid.uuid5(WALLETS, wallet))


class Tokens:
    """Mints and verifies tokens; a verified one is remembered until it expires."""

    def __init__(
        self,
        keys: Sequence[tuple[str, bytes]],
        issuer: str,
        ttl_s: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keys as (kid, secret): the first signs, all verify, so that one can be rotated."""
        self._keys = dict(keys)
        self._kid = keys[0][0]
        self._issuer = issuer
        self._clock = clock
        self._verified: dict[str, Token] = {}
        self.ttl_s = ttl_s

    def mint(self, wallet: str) -> str:
        """A token for a wallet that has just proven to be itself."""
        now = int(self._clock())
        payload = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": subject(wallet),
            "wallet": wallet,
            "role": "authenticated",
            "iat": now,
            "exp": now + self.ttl_s,
            "jti": uuid.uuid4().hex,
        }
        key = self._keys[self._kid]
        return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"kid": self._kid})

    def verify(self, text: str) -> Token:
        """The token in `text`.

        Raises:
            Problem: 401; it is malformed, forged, expired or meant for somebody else.
        """
        token = self._verified.get(text)
        if token is None:
            token = self._decoded(text)
            if len(self._verified) >= MAX_REMEMBERED:
                self._verified.clear()
            self._verified[text] = token
        if token.expires_at <= self._clock():
            self._verified.pop(text, None)
            raise problems.unauthorized("The token has expired.")
        return token

    def _decoded(self, text: str) -> Token:
        try:
            kid = jwt.get_unverified_header(text).get("kid")
            key = self._keys[str(kid)]
            told = jwt.decode(
                text,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=self._issuer,
                leeway=5,
                options={"require": ["exp", "aud", "iss", "sub", "wallet"]},
            )
            if told["sub"] != subject(told["wallet"]):
                raise problems.unauthorized("The token's subject is not its wallet's.")
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            raise problems.unauthorized("The token is not valid.") from error
        return Token(Claims(told["sub"], told["wallet"]), float(told["exp"]))
