"""Holding the cache against the ballots, and building it anew from them."""

from collections import Counter
from dataclasses import dataclass

import asyncpg

from votes import store
from votes.ballot import CHOICES
from votes.cache import CachedBallot, VoteCache
from votes.store import Phase


@dataclass(frozen=True, slots=True)
class Difference:
    """A question whose cached count is not what the ballots say."""

    market_id: str
    kind: str
    cached: tuple[str | None, int, int]  # round, in favour, against
    counted: tuple[str | None, int, int]


async def current(connection: asyncpg.Connection) -> list[CachedBallot]:
    """Return each wallet's ballot in force in each market's newest round that has ballots."""
    rows = await connection.fetch(store.sql("current_ballots"), None)
    phases: dict[str, Phase | None] = {}
    for market_id in {row["market_id"] for row in rows}:
        phases[market_id] = await store.phase(connection, market_id)
    return [
        CachedBallot(
            market_id=row["market_id"],
            kind=row["kind"],
            round=row["round"],
            opened_slot=known.opened_slots[row["kind"]] or 0,
            wallet=row["wallet"],
            nonce=row["nonce"],
            choice=row["choice"],
        )
        for row in rows
        if (known := phases[row["market_id"]]) and known.rounds[row["kind"]] == row["round"]
    ]


async def compare(connection: asyncpg.Connection, cache: VoteCache) -> list[Difference]:
    """Return every question whose cached count differs from its ballots."""
    differences = []
    for (market_id, kind), expected in _counts(await current(connection)).items():
        cached = await cache.counts(kind, market_id)
        if cached != expected:
            differences.append(Difference(market_id, kind, cached, expected))
    return differences


async def rebuild(connection: asyncpg.Connection, cache: VoteCache) -> int:
    """Fill an emptied cache from the ballots; return how many were applied.

    Safe beside a running intake: each ballot is applied only when newer than what is there.
    """
    ballots = await current(connection)
    await cache.clear()
    for start in range(0, len(ballots), 1000):
        await cache.apply(ballots[start : start + 1000])
    return len(ballots)


def _counts(ballots: list[CachedBallot]) -> dict[tuple[str, str], tuple[str, int, int]]:
    choices = Counter(
        (ballot.market_id, ballot.kind, ballot.round, ballot.choice) for ballot in ballots
    )
    questions = {(ballot.market_id, ballot.kind): ballot.round for ballot in ballots}
    return {
        (market_id, kind): (
            round_,
            choices[market_id, kind, round_, CHOICES[kind][0]],
            choices[market_id, kind, round_, CHOICES[kind][1]],
        )
        for (market_id, kind), round_ in questions.items()
    }
