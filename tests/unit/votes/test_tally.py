"""One wallet is counted once, whatever it cast, and every ballot left out has a reason."""

import random

from hypothesis import given
from hypothesis import strategies as st
from solders.keypair import Keypair

from votes.tally import ChainVote, Rejection, SignedBallot, tally

WALLETS = [str(Keypair.from_seed(bytes([i]) * 32).pubkey()) for i in range(5)]
SIGNATURE = str(Keypair.from_seed(bytes(32)).sign_message(b"any"))


def signed(wallet: int, choice: str = "like", nonce: int = 1, seq: int | None = None):
    return SignedBallot(
        seq=nonce if seq is None else seq,
        wallet=WALLETS[wallet],
        choice=choice,
        nonce=nonce,
        signed_bytes=f"{wallet} {choice} {nonce}".encode(),
        signature=SIGNATURE,
    )


def on_chain(wallet: int, *, in_favour: bool = True):
    return ChainVote("ab" * 32, "proposal", WALLETS[wallet], in_favour, 1_700_000_000)


def reasons(count):
    return [reason for _, reason in count.rejected]


def test_the_newest_nonce_of_a_wallet_counts():
    count = tally([signed(0, "like", 1), signed(0, "dislike", 2)], [], cutoff_seq=9)

    assert (count.in_favour, count.against) == (0, 1)
    assert reasons(count) == [Rejection.REPLACED]


def test_an_on_chain_vote_counts_before_the_same_wallets_ballot():
    count = tally([signed(0, "dislike")], [on_chain(0)], cutoff_seq=9)

    assert (count.in_favour, count.against) == (1, 0)
    assert reasons(count) == [Rejection.CAST_ON_CHAIN]


def test_a_ballot_stored_after_the_cutoff_is_not_looked_at():
    count = tally([signed(0, "like", 1), signed(0, "dislike", 2, seq=11)], [], cutoff_seq=10)

    assert (count.in_favour, count.against) == (1, 0)
    assert count.rejected == ()


def test_an_ineligible_wallet_is_listed_not_counted():
    count = tally([signed(0), signed(1)], [], cutoff_seq=9, eligible={WALLETS[1]: True})

    assert count.voters == 1
    assert reasons(count) == [Rejection.INELIGIBLE]


def test_basis_points_are_floored_as_the_program_does():
    count = tally([signed(0), signed(1), signed(2, "dislike")], [], cutoff_seq=9)

    assert count.favour_bps == 6666


def test_nobody_is_zero_basis_points_not_an_error():
    count = tally([], [], cutoff_seq=0)

    assert count.favour_bps == 0
    assert count.voters == 0


casts = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["like", "dislike"]), st.integers(1, 6)),
    unique_by=lambda cast: (cast[0], cast[2]),
)


@given(casts, st.sets(st.integers(0, 4)), st.randoms(use_true_random=False))
def test_a_count_depends_on_what_was_cast_and_not_on_its_order(cast, chain, rng: random.Random):
    ballots = [signed(*one) for one in cast]
    shuffled = rng.sample(ballots, len(ballots))
    chain_votes = [on_chain(wallet) for wallet in chain]

    first = tally(ballots, chain_votes, cutoff_seq=9)
    second = tally(shuffled, chain_votes, cutoff_seq=9)

    assert first.counted_tree.root == second.counted_tree.root
    assert first.rejected_tree.root == second.rejected_tree.root
    assert first.voters == len({one[0] for one in cast} | chain)
    assert len(first.counted) + len(first.rejected) == len(cast) + len(chain)
