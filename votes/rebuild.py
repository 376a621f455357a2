"""Holding the cache against the ballots, and building it anew from them."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

import asyncpg

from votes import store
from votes.ballot import CHOICES
from votes.cache import CachedBallot, VoteCache
from votes.store import Phase

#: A ballot is in Postgres a moment before it is cached: what differs is looked at again.
SETTLE_S = 0.3

Counts = tuple[str | None, int, int]  # round, in favour, against
NOTHING: Counts = (None, 0, 0)


@dataclass(frozen=True, slots=True)
class Difference:
    """A question whose cached count is not what the ballots say."""

    market_id: str
    kind: str
    cached: Counts
    counted: Counts
    voters: int  # wallets whose ballot in force is cached wrongly, or not at all


async def current(connection: asyncpg.Connection, market: str | None = None) -> list[CachedBallot]:
    """Return each wallet's ballot in force in each market's newest round, or in one market's."""
    rows = await connection.fetch(store.sql("current_ballots"), market)
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
    """Return every question whose cached count or voters differ from its ballots.

    Counts of questions that have no ballots are differences too. Safe beside a running intake.
    """
    expected = _by_question(await current(connection))
    asked = sorted(expected.keys() | await cache.questions())
    differing = [one for one in asked if await _difference(cache, one, expected[one])]
    if differing:
        await asyncio.sleep(SETTLE_S)
    found = []
    for question in differing:
        again = _by_question(await current(connection, question[0]))
        if difference := await _difference(cache, question, again[question]):
            found.append(difference)
    return found


async def rebuild(connection: asyncpg.Connection, cache: VoteCache) -> int:
    """Fill an emptied cache from the ballots; return how many were applied.

    Safe beside a running intake: each ballot is applied only when newer than what is there.
    """
    ballots = await current(connection)
    await cache.clear()
    for start in range(0, len(ballots), 1000):
        await cache.apply(ballots[start : start + 1000])
    return len(ballots)


def _by_question(ballots: list[CachedBallot]) -> dict[tuple[str, str], list[CachedBallot]]:
    """(market, kind) -> its ballots; empty where there are none."""
    found: dict[tuple[str, str], list[CachedBallot]] = defaultdict(list)
    for ballot in ballots:
        found[ballot.market_id, ballot.kind].append(ballot)
    return found


async def _difference(
    cache: VoteCache, question: tuple[str, str], ballots: list[CachedBallot]
) -> Difference | None:
    market_id, kind = question
    counted = _counts(kind, ballots)
    voters = {ballot.wallet: f"{ballot.nonce}:{ballot.choice}" for ballot in ballots}
    cached, cached_voters = await cache.counts(kind, market_id), await cache.voters(kind, market_id)
    if (cached, cached_voters) == (counted, voters):
        return None
    wrong = dict(voters.items() ^ cached_voters.items())
    return Difference(market_id, kind, cached, counted, len(wrong))


def _counts(kind: str, ballots: list[CachedBallot]) -> Counts:
    if not ballots:
        return NOTHING
    favour, against = (
        sum(ballot.choice == choice for ballot in ballots) for choice in CHOICES[kind]
    )
    return ballots[0].round, favour, against
