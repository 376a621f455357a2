"""Why a ballot is refused: one name for each reason, the same in errors, tests and tallies."""

from dataclasses import dataclass
from enum import Enum


class Problem(Enum):
    """Each value is `(problem type, HTTP status)`."""

    BAD_SIGNATURE = ("bad-signature", 422)
    NOT_A_BALLOT = ("not-a-ballot", 422)
    WRONG_MARKET = ("wrong-market", 422)
    WRONG_FIELD = ("wrong-field", 422)
    MALFORMED_KEY = ("malformed-key", 422)
    WRONG_CHOICE = ("wrong-choice", 422)
    NONCE_MISMATCH = ("nonce-mismatch", 422)
    TOO_OLD = ("too-old", 422)
    FUTURE_DATED = ("future-dated", 422)
    EXPIRED = ("expired", 422)
    EXPIRY_TOO_LONG = ("expiry-too-long", 422)
    UNKNOWN_MARKET = ("unknown-market", 404)
    WRONG_PHASE = ("wrong-phase", 422)
    WRONG_ROUND = ("wrong-round", 422)
    STALE_NONCE = ("stale-nonce", 409)

    @property
    def type(self) -> str:
        return self.value[0]

    @property
    def status(self) -> int:
        return self.value[1]


@dataclass(frozen=True)
class BallotRefusedError(Exception):
    """A ballot that is not taken; nothing of it is stored."""

    problem: Problem
    detail: str

    def __str__(self) -> str:
        return f"{self.problem.type}: {self.detail}"
