"""The operators' desk: what waits, what failed, what fires."""

from pydantic import Field

from api.models.base import Document, Time


class Flow(Document):
    """How far landing and fold are; `per_minute` are landed transactions, the oldest first."""

    landed_seq: int
    folded_seq: int
    lag_ms: int
    open_gaps: int
    oldest_gap_at: Time | None
    per_minute: list[int] = Field(max_length=61)


class Run(Document):
    """A run of Dagster; `seconds` is null until it starts."""

    run_id: str
    job: str
    status: str
    created_at: Time
    seconds: float | None


class Check(Document):
    """A quality check's newest result within a day; `lately` its last ones, the oldest first."""

    suite: str
    name: str
    severity: str
    passed: bool
    checked_at: Time
    unexpected: str | None
    lately: list[bool]


class Intent(Document):
    """Something that Oddsline wants to happen on chain."""

    id: int
    market_id: str | None
    action: str
    state: str
    attempts: int
    error_name: str | None
    updated_at: Time


class Day(Document):
    """Transitions of one day; latency in seconds."""

    day: str
    attempts: int
    succeeded: int
    double_sends: int
    seconds_to_land_p95: float | None


class Letter(Document):
    """A dead letter that nobody has resolved."""

    id: int
    kind: str
    key: str
    reason: str
    status: str
    attempts: int
    next_retry_at: Time | None
    created_at: Time


class Fired(Document):
    """An alert that fires, or did within a day."""

    rule: str
    subject: str
    severity: str
    state: str
    summary: str
    fired_at: Time
    resolved_at: Time | None


class Desk(Document):
    """All of it at one moment. `runs` is null where Dagster never started."""

    flow: Flow
    alerts: list[Fired]
    checks: list[Check]
    runs: list[Run] | None
    transitions: list[Intent]
    days: list[Day]
    dead_letters: list[Letter]
