"""Counting every open question at once: ballots and on-chain votes in, tallies out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import asyncpg

from votes.memo import TallyMemo
from votes.store import sql
from votes.tally import ChainVote, Rejection, SignedBallot, Tally, tally


@dataclass(frozen=True, slots=True)
class Question:
    """One market's open vote."""

    market_id: str
    market_address: str
    kind: str
    round: str
    opened_slot: int
    opened_at: datetime  # chain time


class Eligibility(Protocol):
    """Says which wallets may vote; `name` is stated in every tally."""

    name: str

    async def of(self, wallets: Sequence[str]) -> Mapping[str, bool] | None:
        """Return wallet -> whether it may vote; None when any wallet may."""
        ...


async def open_questions(connection: asyncpg.Connection) -> list[Question]:
    """Return what is being voted on now, oldest first."""
    return [Question(**dict(row)) for row in await connection.fetch(sql("open_questions"))]


async def count(
    connection: asyncpg.Connection,
    questions: Sequence[Question],
    *,
    chain_until: int,
    eligibility: Eligibility,
) -> dict[Question, Tally]:
    """Count all questions over one snapshot of the ballots.

    Args:
        connection: may read raw.votes and marts.
        questions: what to count.
        chain_until: chain time (unix seconds); on-chain votes cast before it count.
        eligibility: who may vote.
    """
    markets = [question.market_id for question in questions]
    kinds = [question.kind for question in questions]
    rounds = [question.round for question in questions]
    opened = [question.opened_at for question in questions]
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        cutoff = await connection.fetchval("select coalesce(max(seq), 0) from raw.votes")
        ballot_rows = await connection.fetch(sql("ballots_of_rounds"), markets, kinds, rounds)
        chain_rows = await connection.fetch(
            sql("chain_votes_of_rounds"), markets, kinds, opened, chain_until
        )
    ballots: dict[tuple[str, str], list[SignedBallot]] = defaultdict(list)
    for row in ballot_rows:
        market_id, kind, *rest = row
        ballots[market_id, kind].append(SignedBallot(*rest))
    chain_votes: dict[tuple[str, str], list[ChainVote]] = defaultdict(list)
    for row in chain_rows:
        chain_votes[row["market_id"], row["kind"]].append(chain_vote(row))
    eligible = await eligibility.of(sorted({row["wallet"] for row in ballot_rows}))
    return {
        question: tally(
            ballots[question.market_id, question.kind],
            chain_votes[question.market_id, question.kind],
            cutoff_seq=cutoff,
            eligible=eligible,
        )
        for question in questions
    }


def memo(question: Question, counted: Tally, *, chain_until: int, eligibility: str) -> TallyMemo:
    """Return the memo that carries this count to the chain."""
    return TallyMemo(
        market=question.market_id,
        kind=question.kind,
        round=question.round,
        favour=counted.in_favour,
        against=counted.against,
        counted=counted.counted_tree().root.hex(),
        rejected=counted.rejected_tree().root.hex(),
        cutoff=counted.cutoff_seq,
        chain_until=chain_until,
        eligibility=eligibility,
    )


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided on a count, and how."""

    decision: str
    threshold_bps: int
    quorum: int
    decided_by: str = "tally"
    sent: tuple[int, int] | None = None  # in favour, against; None = the count itself
    carried: bool = False  # whether the memo goes to the chain


async def record(
    connection: asyncpg.Connection,
    counted: Tally,
    said: TallyMemo,
    ruling: Ruling,
    *,
    run_id: str | None = None,
) -> None:
    """Write a count and what follows from it to ops.tallies."""
    await connection.execute(
        sql("record_tally"),
        said.market,
        said.kind,
        said.round,
        counted.in_favour,
        counted.against,
        counted.voters,
        ruling.threshold_bps,
        ruling.quorum,
        said.eligibility,
        ruling.decision,
        ruling.decided_by,
        said.counted,
        said.rejected,
        len(counted.rejected),
        counted.cutoff_seq,
        said.chain_until,
        *(ruling.sent or (None, None)),
        said.text() if ruling.carried else None,
        run_id,
        counted.wallets(Rejection.INELIGIBLE),
    )


def chain_vote(row: asyncpg.Record) -> ChainVote:
    return ChainVote(
        market_id=row["market_id"],
        kind=row["kind"],
        wallet=row["wallet"],
        in_favour=row["choice"] in {"like", "agree"},
        voted_at=int(row["cast_at"].timestamp()),
    )
