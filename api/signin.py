"""Sign-in with Solana: a text bound to domain, chain, wallet and time, signed once by the wallet."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import orjson
from redis.asyncio import Redis
from solders.pubkey import Pubkey
from solders.signature import Signature

from api import problems
from votes import offchain_message

#: A text not signed by then has to be asked for anew.
GOOD_FOR = timedelta(minutes=5)


def text(*, domain: str, chain: str, wallet: str, nonce: str, now: datetime) -> str:
    """What the wallet signs, in the manner of Sign In With Solana."""
    issued = now.astimezone(UTC)
    return (
        f"{domain} wants you to sign in with your Solana account:\n{wallet}\n\n"
        "Sign in to read your own positions. This costs nothing and moves nothing.\n\n"
        f"URI: https://{domain}\nVersion: 1\nChain ID: {chain}\nNonce: {nonce}\n"
        f"Issued At: {_moment(issued)}\nExpiration Time: {_moment(issued + GOOD_FOR)}"
    )


def is_signed(message: str, *, wallet: str, signature: str, encoding: str, domain: str) -> bool:
    """Whether the wallet signed the text, raw or as an off-chain message."""
    try:
        key, signed = Pubkey.from_string(wallet), Signature.from_string(signature)
    except ValueError:
        return False
    if encoding == "raw":
        candidates = [message.encode()]
    else:
        program = sha256(domain.encode()).digest()
        candidates = list(
            offchain_message.encodings(message, signer=bytes(key), program=program, domain=domain)
        )
    return any(signed.verify(key, candidate) for candidate in candidates)


class Nonces:
    """Texts that wait for their signature, in Redis, each good for one sign-in."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def keep(self, nonce: str, wallet: str, message: str) -> None:
        body = orjson.dumps({"wallet": wallet, "message": message})
        seconds = int(GOOD_FOR.total_seconds())
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.set(_key(nonce), body, ex=seconds)
            pipeline.set(_last_key(wallet), message, ex=seconds)
            await pipeline.execute()

    async def last(self, wallet: str) -> str | None:
        """The newest text that a wallet was given of late, used or not; it signs nobody in."""
        message: bytes | str | None = await self._redis.get(_last_key(wallet))
        return message.decode() if isinstance(message, bytes) else message

    async def take(self, nonce: str, wallet: str) -> str:
        """The text of a nonce, which is gone afterwards whatever comes of it.

        Raises:
            Problem: 401; it was used, has expired, or was another wallet's.
        """
        body = await self._redis.getdel(_key(nonce))
        kept = orjson.loads(body) if body else None
        if kept is None or kept["wallet"] != wallet:
            raise problems.unauthorized("The nonce is unknown, used or expired.")
        return str(kept["message"])


def _key(nonce: str) -> str:
    return f"signin:{nonce}"


def _last_key(wallet: str) -> str:
    return f"signin:last:{wallet}"


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
