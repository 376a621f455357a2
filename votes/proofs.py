"""Inclusion proofs: where a wallet's vote is in the tree of the count that stands."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

import asyncpg
import structlog

from votes import store, trees
from votes.aggregate import chain_vote
from votes.merkle import Tree, verify_proof
from votes.tally import ChainVote, SignedBallot, Tally, tally

#: Rebuilt trees kept in memory; one of 100,000 ballots takes about 20 MB.
KEPT = 8

log = structlog.get_logger(__name__)


class RootMismatchError(Exception):
    """The stored votes no longer give the recorded root: evidence of tampering, never expected."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A leaf, its path, the root it leads to, and what became of the vote."""

    round: str
    counted: bool
    reason: str | None
    leaf: bytes
    path: tuple[tuple[str, bytes], ...]
    root: bytes
    decision: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """A count with its trees, ready to be asked."""

    round: str
    decision: str
    counted: dict[str, SignedBallot | ChainVote]  # by wallet
    rejected: dict[str, tuple[SignedBallot, str]]  # each wallet's newest
    counted_tree: Tree
    rejected_tree: Tree


class Proofs:
    """Answers from the stored trees; where they do not help, from trees built again.

    Of those the last few stay in memory.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int, int], _Standing] = OrderedDict()
        self._building = asyncio.Lock()

    async def find(
        self, connection: asyncpg.Connection, *, market_id: str, kind: str, wallet: str
    ) -> Proof | None:
        """Return the proof for a wallet's vote; None when there is no count or no such vote.

        Raises:
            RootMismatchError: storage and the recorded count disagree.
        """
        # One snapshot: a count that is recorded meanwhile takes the tree of this one along.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            row = await connection.fetchrow(store.sql("latest_tally"), market_id, kind)
            if row is None:
                return None
            own = await _count_again(connection, row, wallet)
            vote = _vote_of(own)
            if vote is None:
                return None
            proof = await _from_stored(connection, row, *vote)
        return proof or _prove(await self._standing(connection, row), wallet)

    async def _standing(self, connection: asyncpg.Connection, row: asyncpg.Record) -> _Standing:
        """The count with its trees: built once, however many ask for it at the same time."""
        key = (row["id"], row["cutoff_seq"], row["chain_until"])
        if key not in self._kept:
            async with self._building:
                if key not in self._kept:
                    self._kept[key] = await _rebuild(connection, row)
                    if len(self._kept) > KEPT:
                        self._kept.popitem(last=False)
        return self._kept[key]


def _vote_of(own: Tally) -> tuple[bytes, str | None] | None:
    """The leaf of the only wallet in a count, and why it is not counted; None: it has not voted."""
    if own.counted:
        return own.counted[0].leaf(), None
    if own.rejected:
        ballot, reason = max(own.rejected, key=lambda one: one[0].nonce)
        return ballot.leaf(reason), reason.value
    return None


async def _from_stored(
    connection: asyncpg.Connection, row: asyncpg.Record, leaf: bytes, reason: str | None
) -> Proof | None:
    """The proof as the stored tree gives it; None without one that leads to the recorded root."""
    tree = trees.COUNTED if reason is None else trees.REJECTED
    root = bytes.fromhex(row[f"{tree}_root"])
    path = await trees.path(connection, row["id"], tree, leaf)
    if path is None:
        return None
    if not verify_proof(leaf, path, root):
        log.warning("stored_tree_differs", tally=row["id"], tree=tree)
        return None
    return Proof(
        round=row["round"],
        counted=reason is None,
        reason=reason,
        leaf=leaf,
        path=path,
        root=root,
        decision=row["decision"],
    )


def _prove(standing: _Standing, wallet: str) -> Proof | None:
    vote = standing.counted.get(wallet)
    if vote is not None:
        return _proof(standing, standing.counted_tree, vote.leaf(), None)
    if wallet in standing.rejected:
        ballot, reason = standing.rejected[wallet]
        return _proof(standing, standing.rejected_tree, ballot.leaf(reason), reason)
    return None


def _proof(standing: _Standing, tree: Tree, leaf: bytes, reason: str | None) -> Proof:
    return Proof(
        round=standing.round,
        counted=reason is None,
        reason=reason,
        leaf=leaf,
        path=tree.proof(leaf),
        root=tree.root,
        decision=standing.decision,
    )


async def _rebuild(connection: asyncpg.Connection, row: asyncpg.Record) -> _Standing:
    count = await _count_again(connection, row)
    # A hundred thousand hashes take a second: others are served meanwhile.
    counted_tree, rejected_tree = await asyncio.to_thread(
        lambda: (count.counted_tree, count.rejected_tree)
    )
    if (counted_tree.root.hex(), rejected_tree.root.hex()) != (
        row["counted_root"],
        row["rejected_root"],
    ):
        raise RootMismatchError(f"tally {row['id']} of {row['market_id']}")
    newest_last = sorted(count.rejected, key=lambda one: one[0].nonce)
    return _Standing(
        round=row["round"],
        decision=row["decision"],
        counted={vote.wallet: vote for vote in count.counted},
        rejected={ballot.wallet: (ballot, reason.value) for ballot, reason in newest_last},
        counted_tree=counted_tree,
        rejected_tree=rejected_tree,
    )


async def _count_again(
    connection: asyncpg.Connection, row: asyncpg.Record, wallet: str | None = None
) -> Tally:
    """Count what the recorded tally counted, of one wallet or of all: by its cut-offs and rules."""
    market_id, kind = row["market_id"], row["kind"]
    ballots = await store.ballots_of_round(
        connection, market_id=market_id, kind=kind, round_=row["round"], wallet=wallet
    )
    phase = await store.phase(connection, market_id)
    opened = phase.opened_at[kind] if phase else None
    until = row["chain_until"]
    if wallet is None:
        chain_rows = await connection.fetch(
            store.sql("chain_votes_of_rounds"), [market_id], [kind], [opened], [until]
        )
    else:
        chain_rows = await connection.fetch(
            store.sql("chain_vote_of_wallet"), market_id, kind, wallet, opened, until
        )
    kept_out = set(row["ineligible"])
    eligible = None
    if row["eligibility"] != "any":
        eligible = {ballot.wallet: ballot.wallet not in kept_out for ballot in ballots}
    return tally(
        ballots,
        [chain_vote(one) for one in chain_rows],
        cutoff_seq=row["cutoff_seq"],
        eligible=eligible,
    )
