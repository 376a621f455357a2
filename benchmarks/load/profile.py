"""What a load asks for, and what it has to come to. Only values here."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks._harness import percentile


@dataclass(frozen=True, slots=True)
class Profile:
    """A load: everything in it goes on at the same time."""

    ballots_at_once: int  # posted in the same moment, each by a wallet and a connection of its own
    burst_s: float  # from one such moment to the next
    sockets: int
    requests_per_minute: int
    events_per_s: int
    markets: int


#: `seed` is the load that a first deployment must carry.
PROFILES = {
    "seed": Profile(
        ballots_at_once=100,
        burst_s=5.0,
        sockets=100,
        requests_per_minute=1_000,
        events_per_s=100,
        markets=20,
    )
}
#: Offered above what must be reached: a rate that is met on average would be missed half the time.
MARGIN = 1.04


@dataclass(frozen=True, slots=True)
class Usage:
    """A process and its children: proportional memory (MB), share of one core (percent)."""

    memory_mb: float
    cpu_percent: float


@dataclass(frozen=True, slots=True)
class Round:
    """What was measured while the load was on; times in milliseconds."""

    seconds: float
    requests: int
    request_errors: int
    request_ms: tuple[float, float, float]  # p50, p95, p99
    requests_per_minute: float
    ballots: int
    ballot_ms: Sequence[float]
    ballots_stored: int
    refused: Sequence[str]  # why ballots were
    events: int
    connected: int
    cut: int  # connections that were lost
    expected: int  # deliveries over all connections
    delivered: int
    table_ms: Sequence[float]  # received from the chain, until it is in the marts
    told_ms: Sequence[float]  # received from the chain, until a socket's client has read it
    hop_ms: Sequence[float]  # written to the outbox, until a socket's client has read it
    lag_ms: Sequence[float]  # what the fold says of itself, once a second
    asked: int  # how often health was asked for
    ready: int
    usage: dict[str, Usage]

    @property
    def errors(self) -> int:
        """Requests and ballots that failed."""
        return self.request_errors + self.ballots - len(self.ballot_ms)

    @property
    def error_percent(self) -> float:
        return 100 * self.errors / max(1, self.requests + self.ballots)

    @property
    def availability_percent(self) -> float:
        return 100 * self.ready / max(1, self.asked)

    @property
    def compared(self) -> bool:
        """Whether there is something to judge of each kind."""
        kinds = (self.requests, self.ballot_ms, self.events, self.delivered, self.told_ms)
        return all(kinds)


@dataclass(frozen=True, slots=True)
class Judged:
    """One required number."""

    what: str
    required: str
    measured: str
    met: bool


def judge(profile: Profile, found: Round) -> list[Judged]:
    """Every number that is required, beside what was measured."""
    return [
        _most("GET p95", found.request_ms[1], 200, "ms"),
        _most("ballots p95, all in one moment", _p(found.ballot_ms, 95), 200, "ms"),
        _most("error rate, requests and ballots", found.error_percent, 0.1, "%"),
        _least("requests", found.requests_per_minute, profile.requests_per_minute, "/min"),
        _least("ballots at once", _at_once(profile, found), profile.ballots_at_once, ""),
        _least("ballots stored", found.ballots_stored, len(found.ballot_ms), ""),
        _least("events", found.events / found.seconds, profile.events_per_s, "/s"),
        _most("received to tables, p99", _p(found.table_ms, 99), 5_000, "ms"),
        _least("sockets", found.connected - found.cut, profile.sockets, ""),
        _most("received to a socket's client, p99", _p(found.told_ms, 99), 1_000, "ms"),
        _most("outbox to a socket's client, p95", _p(found.hop_ms, 95), 100, "ms"),
        _least("deliveries", found.delivered, found.expected, ""),
        _least("health checks passed", found.availability_percent, 100, "%"),
    ]


def exit_code(profile: Profile, found: Round) -> int:
    """0 all met, 1 a miss, 2 there was nothing to judge."""
    if not found.compared:
        return 2
    return 0 if all(judged.met for judged in judge(profile, found)) else 1


def _at_once(profile: Profile, found: Round) -> int:
    return min(profile.ballots_at_once, found.ballots)


def _p(values: Sequence[float], percent: float) -> float:
    """A percentile; of nothing it is endless, so that nothing cannot pass."""
    return percentile(values, percent) if values else float("inf")


def _most(what: str, measured: float, limit: float, unit: str) -> Judged:
    return Judged(what, f"< {limit:,g} {unit}", _told(measured, unit), measured < limit)


def _least(what: str, measured: float, limit: float, unit: str) -> Judged:
    return Judged(what, f"≥ {limit:,g} {unit}", _told(measured, unit), measured >= limit)


def _told(measured: float, unit: str) -> str:
    return f"{measured:,.2f} {unit}" if unit == "%" else f"{measured:,.1f} {unit}".strip()
