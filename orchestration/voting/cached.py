"""Redis's counts beside the ballots', for the suite that judges them; what differs is rebuilt."""

import asyncio
from typing import Any

from orchestration import settings

Row = dict[str, Any]


def side_by_side(database_url: str) -> list[Row]:
    """A row per question that is cached or has ballots; the copy is right when this returns.

    Raises:
        OSError, asyncpg.PostgresError, redis.RedisError: one of both is away.
    """
    return asyncio.run(_side_by_side(database_url))


async def _side_by_side(database_url: str) -> list[Row]:
    # Imported when counts are compared: redis-py takes longer to import than all of ours together.
    from oddsline import cache, postgres
    from votes import rebuild
    from votes.cache import VoteCache

    connection = await postgres.connect(database_url, name="votes")
    redis = cache.commands(settings.load().redis_url, name="votes")
    try:
        votes = VoteCache(redis)
        differing = await rebuild.compare(connection, votes)
        wrong = {(one.market_id, one.kind) for one in differing}
        right = sorted(await votes.questions() - wrong)
        rows = [
            _row(market_id, kind, counts := await votes.counts(kind, market_id), counts)
            for market_id, kind in right
        ]
        if differing:
            await rebuild.rebuild(connection, votes)
    finally:
        await connection.close()
        await redis.aclose()
    found = (_row(d.market_id, d.kind, d.cached, d.counted, d.voters) for d in differing)
    return [*found, *rows]


def _row(market_id: str, kind: str, cached: object, counted: object, wrong: int = 0) -> Row:
    return {
        "market_id": market_id,
        "kind": kind,
        "cached": str(cached),
        "counted": str(counted),
        "wrong_voters": wrong,
    }
