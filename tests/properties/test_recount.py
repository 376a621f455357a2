"""Two counts written apart agree on every set of votes, to the root."""

import base64
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from solders.keypair import Keypair

from votes.ballot import Ballot, Domain
from votes.recount import ballots as published
from votes.recount.count import Question, Recorded, recount
from votes.tally import ChainVote, SignedBallot, tally

DOMAIN = Domain("oddsline.test", "genesis", "program")
KEYS = [Keypair.from_seed(bytes([i + 1]) * 32) for i in range(4)]
QUESTION = Question("ab" * 32, "proposal", "round", "genesis", "program", 6, 0, 1000)

cast = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["like", "dislike"]), st.integers(1, 5)),
    unique_by=lambda one: (one[0], one[2]),
    max_size=10,
)
chain = st.dictionaries(st.integers(0, 3), st.booleans())


def signed(seq: int, key: Keypair, choice: str, nonce: int) -> SignedBallot:
    ballot = Ballot(
        QUESTION.market_id, "proposal", "round", choice, str(key.pubkey()), nonce, "i", "e"
    )
    message = ballot.text(DOMAIN).encode()
    return SignedBallot(seq, ballot.wallet, choice, nonce, message, str(key.sign_message(message)))


def as_published(ballot: SignedBallot) -> dict[str, object]:
    return {
        "seq": ballot.seq,
        "wallet": ballot.wallet,
        "signed_bytes": base64.b64encode(ballot.signed_bytes).decode(),
        "signature": ballot.signature,
    }


@given(cast, chain, st.one_of(st.none(), st.sets(st.integers(0, 3))))
def test_the_recount_finds_the_tallys_numbers_and_roots(casts, chain_votes, eligible):
    ballots = [signed(seq, KEYS[who], what, n) for seq, (who, what, n) in enumerate(casts, 1)]
    wallets = [str(key.pubkey()) for key in KEYS]
    may = None if eligible is None else {wallets[i]: True for i in eligible}
    ours = tally(
        ballots,
        [ChainVote("ab" * 32, "proposal", wallets[i], yes, 999) for i, yes in chain_votes.items()],
        cutoff_seq=QUESTION.cutoff,
        eligible=may,
    )

    theirs = recount(
        QUESTION,
        [published.check(as_published(ballot)) for ballot in ballots],
        [Recorded(wallets[i], yes, 999) for i, yes in chain_votes.items()],
        may,
    )

    assert (theirs.favour, theirs.against) == (ours.in_favour, ours.against)
    assert theirs.counted_root == ours.counted_tree.root.hex()
    assert theirs.rejected_root == ours.rejected_tree.root.hex()


@given(cast.filter(lambda one: 0 < len(one) <= QUESTION.cutoff))
def test_a_dropped_ballot_changes_a_root(casts):
    ballots = [signed(seq, KEYS[who], what, n) for seq, (who, what, n) in enumerate(casts, 1)]
    claimed = [published.check(as_published(ballot)) for ballot in ballots]

    whole = recount(QUESTION, claimed, [], None)
    short = recount(QUESTION, claimed[1:], [], None)

    assert (whole.counted_root, whole.rejected_root) != (short.counted_root, short.rejected_root)


def test_ballots_of_another_round_are_told_apart_and_not_counted():
    ballot = published.check(as_published(signed(1, KEYS[0], "like", 1)))

    count = recount(replace(QUESTION, round="another"), [ballot], [], None)

    assert (count.favour, count.foreign) == (0, 1)
