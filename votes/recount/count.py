"""The second count: the published rules, written again from their description."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from votes.recount.ballots import Claimed


@dataclass(frozen=True, slots=True)
class Recorded:
    """A vote that the chain holds in a VoteRecord account."""

    wallet: str
    in_favour: bool
    voted_at: int  # unix seconds, chain time


@dataclass(frozen=True, slots=True)
class Question:
    """What is being recounted, and up to where."""

    market_id: str
    kind: str  # proposal, dispute
    round: str
    chain: str  # genesis hash
    program: str
    cutoff: int
    chain_from: int  # chain time at which the round opened
    chain_until: int


@dataclass(frozen=True, slots=True)
class Recount:
    """The numbers that must equal the chain's and the memo's."""

    favour: int
    against: int
    counted_root: str
    rejected_root: str
    foreign: int  # published ballots that belong to another question: evidence of a mix-up


def recount(
    question: Question,
    claimed: Sequence[Claimed],
    recorded: Iterable[Recorded],
    eligible: Mapping[str, bool] | None,
) -> Recount:
    """Count: a vote on chain first, else the wallet's newest ballot before the cut-off."""
    mine = [ballot for ballot in claimed if _belongs(ballot, question)]
    on_chain = {
        vote.wallet: vote
        for vote in recorded
        if question.chain_from <= vote.voted_at < question.chain_until
    }
    counted = [_chain_leaf(question, vote) for vote in on_chain.values()]
    favour = sum(vote.in_favour for vote in on_chain.values())
    rejected: list[bytes] = []
    newest: dict[str, Claimed] = {}
    for ballot in sorted(mine, key=lambda one: one.nonce):
        if ballot.seq > question.cutoff:
            continue  # stored after the count was made
        if ballot.wallet in newest:
            rejected.append(_leaf(newest[ballot.wallet], "replaced"))
        newest[ballot.wallet] = ballot
    for wallet, ballot in newest.items():
        if wallet in on_chain:
            rejected.append(_leaf(ballot, "cast-on-chain"))
        elif eligible is not None and not eligible.get(wallet, False):
            rejected.append(_leaf(ballot, "ineligible"))
        else:
            counted.append(_leaf(ballot))
            favour += ballot.choice in {"like", "agree"}
    return Recount(
        favour,
        len(counted) - favour,
        _root(counted).hex(),
        _root(rejected).hex(),
        len(claimed) - len(mine),
    )


def _belongs(ballot: Claimed, question: Question) -> bool:
    said = ballot.said
    return (said["market"], said["kind"], said["round"], said["chain"], said["program"]) == (
        question.market_id,
        question.kind,
        question.round,
        question.chain,
        question.program,
    )


def _leaf(ballot: Claimed, reason: str = "") -> bytes:
    size = len(ballot.message).to_bytes(4, "little")
    weight = (1).to_bytes(8, "little")
    return _sha(b"\x00" + size + ballot.message + ballot.signature + weight + reason.encode())


def _chain_leaf(question: Question, vote: Recorded) -> bytes:
    words = {"proposal": ("dislike", "like"), "dispute": ("disagree", "agree")}
    text = "\n".join(
        (
            "Oddsline on-chain vote",
            f"market: {question.market_id}",
            f"kind: {question.kind}",
            f"choice: {words[question.kind][vote.in_favour]}",
            f"wallet: {vote.wallet}",
            f"voted: {vote.voted_at}",
        )
    ).encode()
    return _sha(b"\x00" + len(text).to_bytes(4, "little") + text + bytes(64) + b"\x01" + bytes(7))


def _root(leaves: list[bytes]) -> bytes:
    """Merkle tree hash as RFC 6962 section 2.1 defines it, over the leaves in sorted order."""
    return _subtree(sorted(leaves)) if leaves else _sha(b"")


def _subtree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return _sha(b"\x01" + _subtree(leaves[:split]) + _subtree(leaves[split:]))


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
