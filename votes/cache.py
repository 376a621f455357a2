"""The Redis copy of each open question's count: quick to read, never the truth.

Postgres holds the ballots; this can be lost at any time and is built anew from there.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from redis.asyncio import Redis

from votes.ballot import CHOICES


@dataclass(frozen=True, slots=True)
class CachedBallot:
    """What the cache keeps of one ballot, and which question it belongs to."""

    market_id: str
    kind: str
    round: str
    opened_slot: int  # slot of the event that opened the round
    wallet: str
    nonce: int
    choice: str


def counts_key(kind: str, market_id: str) -> str:
    return f"votes:{kind}:{market_id}"


def voters_key(kind: str, market_id: str) -> str:
    return f"{counts_key(kind, market_id)}:voters"


def count_fields(kind: str) -> tuple[str, str]:
    """Names of the two counts: likes and dislikes, or agrees and disagrees."""
    favour, against = CHOICES[kind]
    return f"{favour}s", f"{against}s"


class VoteCache:
    """Reads and writes the cached counts.

    Every method lets redis-py's errors through: the caller knows whether it can go on without.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._cast = redis.register_script(_script())

    async def apply(self, ballots: Iterable[CachedBallot]) -> None:
        """Take ballots in, each only when newer than its wallet's last; one round trip.

        One call a question: of a crowd that votes on one market the script is started once.
        """
        questions: dict[tuple[str, str, str, int], list[str | int]] = defaultdict(list)
        for one in ballots:
            question = (one.kind, one.market_id, one.round, one.opened_slot)
            questions[question] += (one.wallet, one.nonce, one.choice)
        async with self._redis.pipeline(transaction=False) as pipeline:
            for (kind, market_id, round_, opened_slot), cast in questions.items():
                await self._cast(
                    keys=[counts_key(kind, market_id), voters_key(kind, market_id)],
                    args=[round_, opened_slot, *count_fields(kind), *cast],
                    client=pipeline,
                )
            await pipeline.execute()

    async def counts(self, kind: str, market_id: str) -> tuple[str | None, int, int]:
        """Return `(round, in favour, against)` of a question; `(None, 0, 0)` when not cached."""
        fields = ("round", *count_fields(kind))
        round_, favour, against = await self._redis.hmget(counts_key(kind, market_id), list(fields))
        return _text(round_), int(favour or 0), int(against or 0)

    async def voters(self, kind: str, market_id: str) -> dict[str, str]:
        """Return wallet -> `nonce:choice` of a question."""
        found = await self._redis.hgetall(voters_key(kind, market_id))
        return {_decoded(wallet): _decoded(ballot) for wallet, ballot in found.items()}

    async def questions(self) -> set[tuple[str, str]]:
        """Return `(market id, kind)` of everything that is cached."""
        found = [_decoded(key).split(":") async for key in self._keys()]
        return {(market_id, kind) for _, kind, market_id, *_ in found}

    async def clear(self) -> None:
        """Forget every count; for a rebuild."""
        async for key in self._keys():
            await self._redis.delete(key)

    async def _keys(self) -> AsyncIterator[bytes | str]:
        for kind in CHOICES:
            async for key in self._redis.scan_iter(match=f"votes:{kind}:*", count=500):
                yield key


def _text(value: bytes | str | None) -> str | None:
    return None if value is None else _decoded(value)


def _decoded(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


@cache
def _script() -> str:
    return (Path(__file__).parent / "cast.lua").read_text()
