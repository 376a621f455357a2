"""Ballots in PostgreSQL: the truth about what was cast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg

from votes.ballot import Ballot, parse_time
from votes.tally import SignedBallot


@dataclass(frozen=True, slots=True)
class Phase:
    """A market's voting phases: the round of each is its opening event's signature."""

    market_id: str
    market_address: str
    state: str
    rounds: dict[str, str | None]  # kind -> round
    opened_slots: dict[str, int | None]
    opened_at: dict[str, datetime | None]  # chain time


@dataclass(frozen=True, slots=True)
class VerifiedBallot:
    """A ballot whose signature, times and phase were found right."""

    ballot: Ballot
    market_address: str
    opened_slot: int
    encoding: str
    signed_bytes: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a ballot that was handed to storage."""

    outcome: str  # accepted, same, stale
    seq: int
    received_at: datetime
    last_nonce: int


async def phase(connection: asyncpg.Connection, market: str) -> Phase | None:
    """Return the phases of a market by id or address; None when we know no such market."""
    row = await connection.fetchrow(sql("phase"), market)
    if row is None or row["market_id"] is None:
        return None
    kinds = ("proposal", "dispute")
    return Phase(
        market_id=row["market_id"],
        market_address=row["market_address"],
        state=row["state"],
        rounds={kind: row[f"{kind}_round"] for kind in kinds},
        opened_slots={kind: row[f"{kind}_slot"] for kind in kinds},
        opened_at={kind: row[f"{kind}_at"] for kind in kinds},
    )


async def cast(connection: asyncpg.Connection, ballots: Sequence[VerifiedBallot]) -> list[Stored]:
    """Store a batch in one statement; committed when this returns, in the order given."""
    columns = zip(*(_row(ballot) for ballot in ballots), strict=True)
    rows = await connection.fetch(sql("cast_ballots"), *map(list, columns))
    return [
        Stored(row["outcome"], row["seq"], row["received_at"], row["last_nonce"]) for row in rows
    ]


async def earlier(
    connection: asyncpg.Connection, verified: VerifiedBallot
) -> tuple[int, datetime] | None:
    """Return `seq` and `received_at` of the same ballot, stored before; None when it is new."""
    ballot = verified.ballot
    row = await connection.fetchrow(
        sql("earlier_ballot"),
        ballot.market_id,
        ballot.kind,
        ballot.round,
        ballot.wallet,
        ballot.nonce,
        verified.signed_bytes,
        verified.signature,
    )
    return None if row is None else (row["seq"], row["received_at"])


async def ballots_of_round(
    connection: asyncpg.Connection,
    *,
    market_id: str,
    kind: str,
    round_: str,
    wallet: str | None = None,
) -> list[SignedBallot]:
    """Return every ballot of one question, oldest first; only a wallet's where one is named."""
    if wallet is None:
        rows = await connection.fetch(sql("ballots_of_round"), market_id, kind, round_)
    else:
        rows = await connection.fetch(sql("ballots_of_wallet"), market_id, kind, round_, wallet)
    return [SignedBallot(**dict(row)) for row in rows]


def _row(verified: VerifiedBallot) -> tuple[Any, ...]:
    ballot = verified.ballot
    return (
        ballot.market_id,
        verified.market_address,
        ballot.kind,
        ballot.round,
        ballot.wallet,
        ballot.choice,
        ballot.nonce,
        parse_time(ballot.issued_at),
        parse_time(ballot.expires_at),
        verified.encoding,
        verified.signed_bytes,
        verified.signature,
    )


@cache
def sql(name: str) -> str:
    """Return the text of a query in votes/sql."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
