"""Who is counted, who is not and why: one pure function over everything that was cast."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import groupby

from solders.signature import Signature

from votes import merkle
from votes.ballot import CHOICES


class Rejection(StrEnum):
    """Why a ballot that was taken is not counted."""

    REPLACED = "replaced"  # the wallet cast a newer one
    CAST_ON_CHAIN = "cast-on-chain"  # the same wallet's on-chain vote counts instead
    INELIGIBLE = "ineligible"


@dataclass(frozen=True, slots=True)
class SignedBallot:
    """A stored ballot, as much of it as counting needs."""

    seq: int
    wallet: str
    choice: str
    nonce: int
    signed_bytes: bytes
    signature: str  # base58

    def leaf(self, reason: str = "") -> bytes:
        return merkle.leaf_hash(
            self.signed_bytes, bytes(Signature.from_string(self.signature)), 1, reason
        )


@dataclass(frozen=True, slots=True)
class ChainVote:
    """A vote cast by `submit_*_vote`, as its event and its VoteRecord account show it."""

    market_id: str
    kind: str
    wallet: str
    in_favour: bool
    voted_at: int  # unix seconds, chain time

    @property
    def choice(self) -> str:
        return CHOICES[self.kind][0 if self.in_favour else 1]

    def leaf(self) -> bytes:
        """Hash what anybody can read from the account; the chain has verified the signature."""
        text = (
            f"Oddsline on-chain vote\nmarket: {self.market_id}\nkind: {self.kind}\n"
            f"choice: {self.choice}\nwallet: {self.wallet}\nvoted: {self.voted_at}"
        )
        return merkle.leaf_hash(text.encode(), bytes(64), 1)


@dataclass(frozen=True)
class Tally:
    """The result of one count. Percentages are integer basis points, never floats."""

    counted: tuple[SignedBallot | ChainVote, ...]
    rejected: tuple[tuple[SignedBallot, Rejection], ...]
    in_favour: int
    against: int
    cutoff_seq: int  # ballots stored after this one were not looked at

    @property
    def voters(self) -> int:
        return self.in_favour + self.against

    @property
    def favour_bps(self) -> int:
        """floor(in_favour * 10000 / voters), as the program computes it; 0 when nobody voted."""
        return self.in_favour * 10_000 // self.voters if self.voters else 0

    def wallets(self, rejection: Rejection) -> list[str]:
        """Wallets whose ballot was rejected for this reason, sorted."""
        return sorted({ballot.wallet for ballot, why in self.rejected if why is rejection})

    @cached_property
    def counted_tree(self) -> merkle.Tree:
        return merkle.Tree.over(vote.leaf() for vote in self.counted)

    @cached_property
    def rejected_tree(self) -> merkle.Tree:
        return merkle.Tree.over(ballot.leaf(reason) for ballot, reason in self.rejected)


def tally(
    ballots: Iterable[SignedBallot],
    chain_votes: Iterable[ChainVote],
    *,
    cutoff_seq: int,
    eligible: Mapping[str, bool] | None = None,
) -> Tally:
    """Count one wallet once.

    Of a wallet's signed ballots the one with the newest nonce counts (between equals, which storage
    rules out, the greater signature); a vote it cast on chain counts before any of them.

    Args:
        ballots: every stored ballot of one market, kind and round.
        chain_votes: that round's on-chain votes.
        cutoff_seq: ballots with a greater `seq` came later and are not looked at.
        eligible: wallet -> whether it may vote; None = any wallet may.
    """
    on_chain = {vote.wallet: vote for vote in chain_votes}
    counted: list[SignedBallot | ChainVote] = list(on_chain.values())
    rejected: list[tuple[SignedBallot, Rejection]] = []
    in_time = [ballot for ballot in ballots if ballot.seq <= cutoff_seq]
    by_wallet = sorted(in_time, key=lambda ballot: (ballot.wallet, ballot.nonce, ballot.signature))
    for wallet, cast in groupby(by_wallet, key=lambda ballot: ballot.wallet):
        *replaced, newest = cast
        rejected += [(ballot, Rejection.REPLACED) for ballot in replaced]
        if wallet in on_chain:
            rejected.append((newest, Rejection.CAST_ON_CHAIN))
        elif eligible is not None and not eligible.get(wallet, False):
            rejected.append((newest, Rejection.INELIGIBLE))
        else:
            counted.append(newest)
    in_favour = sum(_in_favour(vote) for vote in counted)
    return Tally(tuple(counted), tuple(rejected), in_favour, len(counted) - in_favour, cutoff_seq)


def _in_favour(vote: SignedBallot | ChainVote) -> bool:
    return vote.choice in {"like", "agree"}
