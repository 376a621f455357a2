"""The ballot: the text a wallet signs, bound to one market, one round and one choice."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from solders.pubkey import Pubkey
from solders.signature import Signature

from votes import offchain_message
from votes.problems import BallotRefusedError, Problem

TITLE = "Oddsline vote"
CHOICES = {"proposal": ("like", "dislike"), "dispute": ("agree", "disagree")}
#: How far `issued_at` may lie behind or ahead of receipt, and how long a ballot may be good for.
OLDEST = timedelta(minutes=5)
AHEAD = timedelta(seconds=30)
LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Domain:
    """What every ballot of one deployment is bound to."""

    domain: str  # the web domain, as wallets show it
    chain: str  # genesis hash, base58
    program: str  # program id, base58


@dataclass(frozen=True, slots=True)
class Ballot:
    """One wallet's word on one question. Times are kept as the strings that were signed."""

    market_id: str  # 64 hex digits
    kind: str  # proposal, dispute
    round: str  # signature of the event that opened the phase
    choice: str
    wallet: str  # base58
    nonce: int  # issued_at in ms
    issued_at: str  # RFC 3339
    expires_at: str  # RFC 3339

    @property
    def in_favour(self) -> bool:
        """Whether the choice is `like` or `agree`."""
        return self.choice == CHOICES[self.kind][0]

    def text(self, domain: Domain) -> str:
        """Return the lines that are signed, joined by line feeds, without one at the end."""
        return "\n".join((TITLE, *(f"{name}: {value}" for name, value in self._fields(domain))))

    def _fields(self, domain: Domain) -> tuple[tuple[str, object], ...]:
        return (
            ("domain", domain.domain),
            ("chain", domain.chain),
            ("program", domain.program),
            ("market", self.market_id),
            ("kind", self.kind),
            ("round", self.round),
            ("choice", self.choice),
            ("wallet", self.wallet),
            ("nonce", self.nonce),
            ("issued", self.issued_at),
            ("expires", self.expires_at),
        )


def signed_bytes(ballot: Ballot, domain: Domain, *, signature: str, encoding: str) -> bytes:
    """Return the exact bytes that `signature` signs.

    Args:
        ballot: what the wallet is said to have signed.
        domain: the deployment it must be bound to.
        signature: base58.
        encoding: `raw` (signMessage over the text) or `ocms`.

    Raises:
        BallotRefusedError: the wallet or signature is no base58 key, or signs something else.
    """
    try:
        wallet = Pubkey.from_string(ballot.wallet)
        parsed = Signature.from_string(signature)
    except ValueError as error:
        raise BallotRefusedError(Problem.MALFORMED_KEY, str(error)) from error
    text = ballot.text(domain)
    if encoding == "raw":
        candidates = iter([text.encode()])
    else:
        candidates = offchain_message.encodings(
            text,
            signer=bytes(wallet),
            program=bytes(Pubkey.from_string(domain.program)),
            domain=domain.domain,
        )
    for candidate in candidates:
        if parsed.verify(wallet, candidate):
            return candidate
    raise BallotRefusedError(
        Problem.BAD_SIGNATURE,
        "the signature is not this wallet's over this ballot; sign the text that "
        "/votes/{market_id}/message returns, unchanged, and post the same values",
    )


def check_choice(ballot: Ballot) -> None:
    """Refuse a choice that the kind of vote does not have."""
    if ballot.choice not in CHOICES[ballot.kind]:
        raise BallotRefusedError(
            Problem.WRONG_CHOICE, f"a {ballot.kind} vote is one of {CHOICES[ballot.kind]}"
        )


def check_times(ballot: Ballot, *, now: datetime) -> None:
    """Refuse a ballot whose times do not hold at its receipt `now` (aware, UTC).

    Raises:
        BallotRefusedError: naming the first rule that is broken.
    """
    issued, expires = parse_time(ballot.issued_at), parse_time(ballot.expires_at)
    if milliseconds(issued) != ballot.nonce:
        raise BallotRefusedError(Problem.NONCE_MISMATCH, "nonce must be issued_at in milliseconds")
    if issued > now + AHEAD:
        raise BallotRefusedError(Problem.FUTURE_DATED, f"issued_at is more than {AHEAD} ahead")
    if issued < now - OLDEST:
        raise BallotRefusedError(Problem.TOO_OLD, f"issued_at is more than {OLDEST} ago")
    if expires <= now:
        raise BallotRefusedError(Problem.EXPIRED, f"the ballot expired at {ballot.expires_at}")
    if not issued < expires <= issued + LONGEST:
        raise BallotRefusedError(
            Problem.EXPIRY_TOO_LONG, f"expires_at must lie within {LONGEST} after issued_at"
        )


def check_text(signed_text: str, ballot: Ballot, domain: Domain) -> None:
    """Name what differs between the text a client says it signed and the ballot it posts.

    A signature over another text is refused anyway; this tells the client why.
    """
    lines = signed_text.split("\n")
    if lines[0] != TITLE:
        raise BallotRefusedError(Problem.NOT_A_BALLOT, f"the first line must be {TITLE!r}")
    said = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    for name, value in ballot._fields(domain):
        if said.get(name) != str(value):
            problem = Problem.WRONG_MARKET if name == "market" else Problem.WRONG_FIELD
            raise BallotRefusedError(
                problem, f"the signed {name} is {said.get(name)!r}, expected {str(value)!r}"
            )


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time with an offset; anything else is a malformed ballot."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise BallotRefusedError(Problem.WRONG_FIELD, f"{text!r} is no RFC 3339 time") from error
    if time.tzinfo is None:
        raise BallotRefusedError(Problem.WRONG_FIELD, f"{text!r} has no UTC offset")
    return time.astimezone(UTC)


def milliseconds(time: datetime) -> int:
    """Whole milliseconds since the epoch, in integers (floats lose one now and then)."""
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def format_time(time: datetime) -> str:
    """Write a time the way our own messages carry it: RFC 3339, UTC, milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def draft(
    *, market_id: str, kind: str, round_: str, choice: str, wallet: str, now: datetime
) -> Ballot:
    """Return a ballot issued `now` and good for half the longest time, ready to be signed."""
    issued = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return Ballot(
        market_id=market_id,
        kind=kind,
        round=round_,
        choice=choice,
        wallet=wallet,
        nonce=milliseconds(issued),
        issued_at=format_time(issued),
        expires_at=format_time(issued + LONGEST / 2),
    )
