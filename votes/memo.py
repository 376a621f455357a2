"""The line that binds a tally to the transaction that carries it to the chain.

One memo instruction beside the market program's own: the market, the round, the counts, both
Merkle roots and what was looked at, so that anyone can recount without asking us.
"""

from dataclasses import dataclass, fields

#: SPL Memo, version 2. Source: the SPL memo program's documentation.
MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"
PREFIX = "oddsline-tally:1"


@dataclass(frozen=True, slots=True)
class TallyMemo:
    """What the memo says; every value is text without spaces or an integer."""

    market: str  # id, 64 hex digits
    kind: str
    round: str
    favour: int
    against: int
    counted: str  # root, hex
    rejected: str  # root, hex
    cutoff: int  # ballots stored after this seq were not looked at
    chain_until: int  # on-chain votes cast before this chain time (unix seconds) were counted
    eligibility: str = "any"
    decided: str = "tally"  # or operator:as-voted, operator:keep-outcome

    def text(self) -> str:
        """Return the memo's text: `oddsline-tally:1 market=… kind=… …`."""
        return " ".join((PREFIX, *(f"{f.name}={getattr(self, f.name)}" for f in fields(self))))

    @classmethod
    def parse(cls, text: str) -> "TallyMemo":
        """Read a memo back.

        Raises:
            ValueError: it is not one of ours, or not whole.
        """
        head, _, rest = text.partition(" ")
        if head != PREFIX:
            raise ValueError(f"not a tally memo: {text[:40]!r}")
        said = dict(part.split("=", 1) for part in rest.split(" "))
        try:
            return cls(
                market=said["market"],
                kind=said["kind"],
                round=said["round"],
                favour=int(said["favour"]),
                against=int(said["against"]),
                counted=said["counted"],
                rejected=said["rejected"],
                cutoff=int(said["cutoff"]),
                chain_until=int(said["chain_until"]),
                eligibility=said["eligibility"],
                decided=said["decided"],
            )
        except KeyError as missing:
            raise ValueError(f"a tally memo without {missing}") from missing
