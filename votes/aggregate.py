"""Counting every open question at once: ballots and on-chain votes in, tallies out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import asyncpg

from votes import trees
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


@dataclass(frozen=True, slots=True)
class Until:
    """Up to where a question is counted, by the chain's clock.

    On-chain votes cast before `chain` (unix seconds) count. Where the phase was over by then,
    ballots that were stored after its end had been seen do not (sql/cutoffs.sql).
    """

    chain: int
    over: bool = False


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
    connection: asyncpg.Connection, wanted: Mapping[Question, Until], *, eligibility: Eligibility
) -> dict[Question, Tally]:
    """Count all questions over one snapshot of the ballots.

    Args:
        connection: may read raw, marts and ops.
        wanted: what to count, and up to where.
        eligibility: who may vote.
    """
    asked = list(wanted)
    markets = [question.market_id for question in asked]
    kinds = [question.kind for question in asked]
    rounds = [question.round for question in asked]
    opened = [question.opened_at for question in asked]
    until = [wanted[question].chain for question in asked]
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        newest: int = await connection.fetchval("select coalesce(max(seq), 0) from raw.votes")
        cutoffs = await _cutoffs(connection, wanted, newest)
        ballot_rows = await connection.fetch(sql("ballots_of_rounds"), markets, kinds, rounds)
        chain_rows = await connection.fetch(
            sql("chain_votes_of_rounds"), markets, kinds, opened, until
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
            cutoff_seq=cutoffs.get(question, newest),
            eligible=eligible,
        )
        for question in asked
    }


async def _cutoffs(
    connection: asyncpg.Connection, wanted: Mapping[Question, Until], newest: int
) -> dict[Question, int]:
    """The last ballot in time of each question whose phase is over."""
    over = [(question, until.chain) for question, until in wanted.items() if until.over]
    rows = await connection.fetch(
        sql("cutoffs"),
        [question.market_id for question, _ in over],
        [question.kind for question, _ in over],
        [question.round for question, _ in over],
        [end for _, end in over],
        [question.opened_slot for question, _ in over],
        newest,
    )
    return {question: row["cutoff"] for (question, _), row in zip(over, rows, strict=True)}


def memo(question: Question, counted: Tally, *, chain_until: int, eligibility: str) -> TallyMemo:
    """Return the memo that carries this count to the chain."""
    return TallyMemo(
        market=question.market_id,
        kind=question.kind,
        round=question.round,
        favour=counted.in_favour,
        against=counted.against,
        counted=counted.counted_tree.root.hex(),
        rejected=counted.rejected_tree.root.hex(),
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
    """Write a count and what follows from it to ops.tallies, and its trees beside it.

    Of one round one count is carried to the chain, whoever counts at the same time: the first.
    """
    async with connection.transaction():
        await connection.execute(sql("lock_round"), said.market, said.kind, said.round)
        await connection.execute(sql("record_tally"), *_row(counted, said, ruling, run_id))
        await trees.keep(connection, said.market, said.kind, counted)


def _row(counted: Tally, said: TallyMemo, ruling: Ruling, run_id: str | None) -> tuple[object, ...]:
    return (
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


@dataclass(frozen=True, slots=True)
class Carried:
    """What of a round was, or is to be, told to the chain."""

    in_favour: int
    against: int
    memo: str
    decided_by: str


async def carried(connection: asyncpg.Connection, question: Question) -> Carried | None:
    """The one count of a round that stands for it on chain; None while there is none."""
    row = await connection.fetchrow(
        sql("carried"), question.market_id, question.kind, question.round
    )
    return None if row is None else Carried(**dict(row))


def chain_vote(row: asyncpg.Record) -> ChainVote:
    return ChainVote(
        market_id=row["market_id"],
        kind=row["kind"],
        wallet=row["wallet"],
        in_favour=row["choice"] in {"like", "agree"},
        voted_at=int(row["cast_at"].timestamp()),
    )
