"""A proof is a few hashes of the tree stored with its count; it never says what does not hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import asyncpg
import pytest
from solders.keypair import Keypair

from benchmarks import ballots
from votes import aggregate
from votes.aggregate import Question, Ruling, Until
from votes.ballot import Domain
from votes.merkle import verify_proof
from votes.proofs import Proof, Proofs, RootMismatchError

DOMAIN = Domain("oddsline.test", "1" * 32, "1" * 32)
(MARKET,) = ballots.market_ids(1, 1)
QUESTION = Question(
    MARKET, f"A{MARKET}", "proposal", f"R{MARKET}", 1, datetime(2026, 1, 1, tzinfo=UTC)
)
NOW = 1_800_000_000  # chain time, unix seconds
PENDING = Ruling("pending", 7000, 100)
VOTERS = 11


@dataclass
class AllBut:
    """Everybody may vote but these."""

    kept_out: Sequence[str]
    name: str = "traded"

    async def of(self, wallets: Sequence[str]) -> Mapping[str, bool]:
        return {wallet: wallet not in self.kept_out for wallet in wallets}


@dataclass(frozen=True)
class Vote:
    """A proposal with ballots, of whose voters the last two may not vote."""

    connection: asyncpg.Connection
    wallets: Sequence[str]

    async def count(self, ruling: Ruling = PENDING) -> None:
        """Count and record, as a run of the schedule does."""
        rule = AllBut(self.wallets[-2:])
        counts = await aggregate.count(self.connection, {QUESTION: Until(NOW)}, eligibility=rule)
        memo = aggregate.memo(QUESTION, counts[QUESTION], chain_until=NOW, eligibility=rule.name)
        await aggregate.record(self.connection, counts[QUESTION], memo, ruling)

    async def remove(self, wallet: str) -> None:
        await self.connection.execute("delete from raw.votes where wallet = $1", wallet)

    async def proof(self, wallet: str) -> Proof | None:
        """As a process answers that was not asked before."""
        return await Proofs().find(
            self.connection, market_id=MARKET, kind="proposal", wallet=wallet
        )

    async def proofs(self) -> list[Proof]:
        """Everybody's, each followed to its root."""
        found = [await self.proof(wallet) for wallet in self.wallets]
        assert all(one and verify_proof(one.leaf, one.path, one.root) for one in found)
        return [one for one in found if one]

    async def trees(self) -> list[tuple[int, str, int]]:
        rows = await self.connection.fetch(
            "select tally_id, tree, leaves from ops.tally_trees order by tally_id, tree"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
async def vote(connection: asyncpg.Connection) -> Vote:
    keys = [Keypair() for _ in range(VOTERS)]
    await ballots.seed(connection, DOMAIN, [MARKET], keys)
    vote = Vote(connection, [str(key.pubkey()) for key in keys])
    await vote.count()
    return vote


async def test_the_first_proof_needs_nobody_elses_ballot(vote: Vote):
    """Counted or not, it is read from what the count has stored."""
    before = await vote.proofs()
    await vote.remove(vote.wallets[0])

    counted = await vote.proof(vote.wallets[1])
    rejected = await vote.proof(vote.wallets[-1])

    assert [one.reason for one in before] == [None] * 9 + ["ineligible"] * 2
    assert len({one.root for one in before}) == 2
    assert (counted, rejected) == (before[1], before[-1])


async def test_who_has_not_voted_has_no_proof(vote: Vote):
    assert await vote.proof(str(Keypair().pubkey())) is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("delete from ops.tally_trees", id="of an older count"),
        pytest.param(
            "update ops.tally_trees set hashes = overlay(hashes placing '\\xff' from 33 for 1)",
            id="another leaf",
        ),
        pytest.param(
            "update ops.tally_trees set hashes = sha256('') || substring(hashes from 33)",
            id="out of order",
        ),
        pytest.param("update ops.tally_trees set leaves = leaves - 1", id="a leaf too few"),
        pytest.param("update ops.tally_trees set leaves = leaves + 9", id="leaves too many"),
        pytest.param("update ops.tally_trees set hashes = ''", id="nothing left"),
    ],
)
async def test_where_the_stored_tree_does_not_hold_it_is_built_again(vote: Vote, change: str):
    """An altered tree changes no proof: each is followed to the recorded root first."""
    before = await vote.proofs()

    await vote.connection.execute(change)

    assert await vote.proofs() == before


async def test_a_ballot_that_was_altered_has_no_proof(vote: Vote):
    """It is in no stored tree, and all ballots together no longer give the recorded root."""
    await vote.connection.execute(
        "update raw.votes set signed_bytes = 'other' where wallet = $1", vote.wallets[0]
    )

    with pytest.raises(RootMismatchError):
        await vote.proof(vote.wallets[0])


async def test_only_the_count_that_stands_keeps_its_trees(vote: Vote):
    """The newest one, until one is carried to the chain: that one stands for good."""
    (first, *_), _ = await vote.trees()
    await vote.count()
    again = await vote.trees()
    await vote.remove(vote.wallets[0])
    await vote.count(replace(PENDING, decision="approved", carried=True))
    (carried, _, leaves), _ = await vote.trees()
    await vote.remove(vote.wallets[1])
    await vote.count()

    assert again == [(first, "counted", 9), (first, "rejected", 2)]
    assert (carried > first, leaves) == (True, 8)
    assert await vote.trees() == [(carried, "counted", 8), (carried, "rejected", 2)]
    proof = await vote.proof(vote.wallets[2])
    assert proof is not None
    assert proof.decision == "approved"
