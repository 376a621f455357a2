"""Which due markets a run is asked for, and which rest. Pure.

A market that was asked for rests until its intent must be there; one whose account says otherwise
than the mart rests until a later look. So neither can stand in the way of the others.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: A run that was asked for has written its intents after this long, or never will.
REST_S = 120
#: Resting entries kept at most; the oldest go first.
MOST_RESTING = 5000

Resting = dict[str, float]  # candidate's key -> wall time until which it rests, unix seconds


@dataclass(frozen=True)
class Candidate:
    """A market whose time has come by what the marts know."""

    market_id: str
    market_address: str
    state: str
    action: str
    round: str
    released: str = ""  # when a person released it, unix seconds

    @property
    def key(self) -> str:
        """Who rests: a release makes another of it, so that it goes on at once."""
        return f"{self.market_address}@{self.released}" if self.released else self.market_address


def read_cursor(cursor: str | None, now: float) -> Resting:
    """Who still rests. A cursor that cannot be read means that nobody does."""
    try:
        known = json.loads(cursor or "{}")
        return {str(key): float(until) for key, until in known.items() if float(until) > now}
    except (ValueError, TypeError, AttributeError):
        return {}


def write_cursor(resting: Resting) -> str:
    latest = sorted(resting.items(), key=lambda entry: entry[1])[-MOST_RESTING:]
    return json.dumps(dict(latest))


def rest(resting: Resting, batch: Iterable[Candidate], now: float) -> Resting:
    """``resting`` with these added."""
    return resting | dict.fromkeys((candidate.key for candidate in batch), now + REST_S)


def run_key(batch: Sequence[Candidate], now: float) -> str:
    """The same markets in the same minutes are one run, whoever asks twice.

    The time is part of the key, since a run that was lost must not block its markets for ever.
    """
    names = sorted(f"{c.key}:{c.action}:{c.round}" for c in batch)
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:24]
    return f"{digest}:{int(now // REST_S)}"


def as_config(batch: Sequence[Candidate]) -> list[Mapping[str, str]]:
    """The batch as a run's configuration."""
    return [dict(vars(candidate)) for candidate in batch]
