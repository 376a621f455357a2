"""Whether what the chain was told is what the public ballots say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from votes.memo import TallyMemo
from votes.recount import ballots
from votes.recount.chain import Chain
from votes.recount.count import Question, Recount, recount

KEPT = "operator:keep-outcome"


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison of the verdict."""

    what: str
    expected: str  # as told to the chain
    found: str  # as recounted

    @property
    def agrees(self) -> bool:
        return self.expected == self.found


@dataclass(frozen=True, slots=True)
class Verdict:
    """All comparisons of one tally, and what the recount could not take on its own word."""

    memo: TallyMemo
    signature: str | None
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return all(line.agrees for line in self.lines)


def verify_memo(
    chain: Chain,
    program: str,
    memo: TallyMemo,
    published: Sequence[dict[str, Any]],
) -> Verdict:
    """Recount what a memo claims, before or after it was sent.

    Args:
        chain: the node to ask.
        program: the market program.
        memo: the claim.
        published: public ballots of the market.

    Raises:
        ForgedBallotError: a published ballot is not its wallet's.
        RpcError, httpx2.HTTPError: the node cannot say.
    """
    claimed = [ballots.check(ballot) for ballot in published]
    market = chain.market(program, memo.market)
    opened = 0 if memo.kind == "proposal" else chain.time_of(memo.round)
    question = Question(
        memo.market,
        memo.kind,
        memo.round,
        chain.genesis(),
        program,
        memo.cutoff,
        opened,
        memo.chain_until,
    )
    wallets = sorted({ballot.wallet for ballot in claimed})
    eligible, notes = _eligible(chain, program, memo.eligibility, wallets)
    found = recount(question, claimed, chain.votes(program, market.address, memo.kind), eligible)
    return Verdict(memo, None, _compare(memo, found), notes)


def verify_market(
    chain: Chain, program: str, market_id: str, published: Sequence[dict[str, Any]]
) -> list[Verdict]:
    """Recount every tally that was carried to the chain for a market, newest first.

    Beside the memo, the market account's own numbers must be the memo's; but where an operator
    kept the outcome against the votes, which the memo says.
    """
    market = chain.market(program, market_id)
    verdicts = []
    for signature, memo in chain.memos(market.address):
        verdict = verify_memo(chain, program, memo, published)
        lines = verdict.lines
        favour, against = market.counts[memo.kind]
        notes = verdict.notes
        if memo.decided == KEPT:
            notes += (f"an operator kept the outcome: the chain was told {favour} to {against}",)
        else:
            lines += (
                Line("in favour, by the market account", str(favour), str(memo.favour)),
                Line("against, by the market account", str(against), str(memo.against)),
            )
        verdicts.append(Verdict(memo, signature, lines, notes))
    return verdicts


def _compare(memo: TallyMemo, found: Recount) -> tuple[Line, ...]:
    return (
        Line("in favour", str(memo.favour), str(found.favour)),
        Line("against", str(memo.against), str(found.against)),
        Line("root over counted ballots", memo.counted, found.counted_root),
        Line("root over rejected ballots", memo.rejected, found.rejected_root),
    )


def _eligible(
    chain: Chain, program: str, rule: str, wallets: list[str]
) -> tuple[dict[str, bool] | None, tuple[str, ...]]:
    name, _, value = rule.partition(":")
    if name == "any":
        return None, ()
    if name == "traded":
        traders = chain.traders(program)
        return {wallet: wallet in traders for wallet in wallets}, (
            "eligibility `traded` was checked against positions as they are now",
        )
    balances = chain.balances(wallets)
    return {wallet: balances[wallet] >= int(value) for wallet in wallets}, (
        f"eligibility `{rule}` was checked against balances as they are now",
    )
