"""What a market's votes are asked for is found by index, however many other markets have votes."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import asyncpg

from api.queries import load
from benchmarks.freshness.statements import SQL, scans
from votes import store

MARKETS, VOTES = 2_000, 20_000
MARKET_ID = hashlib.md5(b"7", usedforsecurity=False).hexdigest() * 2
LONG_AGO = datetime.fromtimestamp(0, UTC)
#: What no statement may read from end to end.
BIG = {"onchain_votes", "ballots", "lifecycle_events"}

STATEMENTS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "tally": (load("tally"), ("M7", "proposal")),
    "ballots": (load("ballots"), (MARKET_ID, "proposal", 0, 0, None, 500)),
    "ballots, next page": (load("ballots"), (MARKET_ID, "proposal", 1, 0, "chain", 500)),
    "chain votes of rounds": (
        store.sql("chain_votes_of_rounds"),
        ([MARKET_ID], ["proposal"], [LONG_AGO], [2**33]),
    ),
    "chain vote of a wallet": (
        store.sql("chain_vote_of_wallet"),
        (MARKET_ID, "proposal", "chain voter 7", LONG_AGO, 2**33),
    ),
}


async def test_no_generic_plan_reads_the_votes_of_all_markets(
    connection: asyncpg.Connection,
) -> None:
    """Of 40,000 votes in 2,000 markets each statement touches one market's, and finds them all."""
    for name, sizes in (
        ("markets", (MARKETS,)),
        ("onchain_votes", (VOTES, MARKETS)),
        ("ballots", (VOTES, MARKETS)),
    ):
        await connection.execute((SQL / f"seed_{name}.sql").read_text(), *sizes)
    await connection.execute("analyze")
    await connection.execute("set plan_cache_mode = force_generic_plan")

    whole, found = {}, {}
    for name, (sql, arguments) in STATEMENTS.items():
        prepared = await connection.prepare(sql)
        whole[name] = scans(await prepared.explain(*arguments)) & BIG
        found[name] = await prepared.fetch(*arguments)

    assert {name for name, tables in whole.items() if tables} == set()
    (tally,) = found.pop("tally")
    # Ten on chain, ten ballots, one of which is of a wallet that voted on chain.
    assert (tally["in_favour"], tally["onchain"], tally["offchain"]) == (19, 10, 9)
    assert [len(rows) for rows in found.values()] == [10, 10, 10, 1]
