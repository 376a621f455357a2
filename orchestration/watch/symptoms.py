"""From facts to symptoms. Pure; each rule has its chapter in docs/runbook.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chain.program.accounts import GlobalConfig
from oddsline.alerts import Alert, Severity
from orchestration.watch.facts import Counted, Facts, Success, Tick

MARKET_STUCK = "market_stuck"
TRANSACTION_FAILING = "transaction_failing"
TICK_MISSING = "tick_missing"
DAEMON_SILENT = "daemon_silent"
KEEPER_SILENT = "keeper_silent"
AUTHORITY_MISMATCH = "authority_mismatch"
DOUBLE_SEND = "double_send"
SUCCESS_RATE_LOW = "success_rate_low"
FOLD_BEHIND = "fold_behind"
OPEN_GAPS = "open_gaps"
CHECKS_STALE = "checks_stale"

#: The window whose success rate alerts, and below what.
WINDOW, LEAST = "1h", 0.99


@dataclass(frozen=True)
class Limits:
    """Seconds of silence, lag or age that are too many, and endings that are too few for a rate."""

    daemon_s: float = 120.0
    keeper_s: float = 15.0
    success_least: int = 20
    start_s: float = 30.0
    tick_s: float = 60.0
    fold_s: float = 30.0
    gap_s: float = 300.0


@dataclass(frozen=True)
class Symptom:
    """Something that should not be; ``details`` hold an exact count and a capped sample."""

    rule: str
    subject: str
    severity: Severity
    summary: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def alert(self) -> Alert:
        return Alert(self.rule, self.subject, self.severity, self.summary, self.details)


def markets(found: Counted | None) -> list[Symptom]:
    """Markets that should have moved and have not."""
    if found is None or not found.count:
        return []
    late = max(one["late_s"] for one in found.sample)
    told = f"{found.count} markets should have moved and have not, the oldest for {late:.0f} s"
    return [Symptom(MARKET_STUCK, "markets", "critical", told, _shown(found))]


def failing(found: Counted) -> list[Symptom]:
    """The same transaction failing again and again."""
    if not found.count:
        return []
    names = sorted({one["error_name"] or "expired" for one in found.sample})
    told = f"{found.count} transitions fail again and again ({', '.join(names)})"
    return [Symptom(TRANSACTION_FAILING, "transitions", "critical", told, _shown(found))]


def is_late(one: Tick, patience_s: float) -> bool:
    """Silent for twice its usual pause and some seconds; who has ticked once has no usual pause."""
    return one.usual_s is not None and one.silent_s > 2 * one.usual_s + patience_s


def ticks(found: Iterable[Tick], patience_s: float) -> list[Symptom]:
    """Sensors and schedules without a tick, or whose ticks all fail; one symptom each."""
    symptoms = []
    for one in found:
        details = {"silent_s": round(one.silent_s), "usual_s": round(one.usual_s or 0)}
        if is_late(one, patience_s):
            told = f"{one.kind} {one.name} has not ticked for {one.silent_s:.0f} s"
            symptoms.append(Symptom(TICK_MISSING, one.name, "critical", told, details))
        elif one.failed >= 3:
            told = f"the last three ticks of {one.kind} {one.name} failed"
            symptoms.append(Symptom(TICK_MISSING, one.name, "critical", told, details))
    return symptoms


def daemon(
    silences: Mapping[str, float], limit_s: float, *, start_s: float, watched_s: float
) -> list[Symptom]:
    """Dagster's daemon dead: some thread silent for too long.

    Args:
        silences: seconds by thread; empty = never heard of.
        limit_s: how many are too many.
        start_s: what it has to speak after we began to look: before, its silence may be the line's.
        watched_s: how long we have been looking: one that never spoke is silent since then.
    """
    worst = max(silences.values(), default=watched_s)
    if worst <= limit_s or watched_s < start_s:
        return []
    details = {"silent_s": {name: round(value) for name, value in silences.items()}}
    told = f"Dagster's daemon has not been heard of for {worst:.0f} s: nothing is scheduled"
    return [Symptom(DAEMON_SILENT, "daemon", "critical", told, details)]


def keeper(silent_s: float | None, limit_s: float, *, watched_s: float) -> list[Symptom]:
    """The keeper dead or frozen; see `daemon` for the arguments."""
    silence = watched_s if silent_s is None else silent_s
    if silence <= limit_s:
        return []
    why = "no keeper is connected" if silent_s is None else f"silent for {silence:.0f} s"
    told = f"the keeper does not work ({why}): no transition lands"
    details = {} if silent_s is None else {"silent_s": round(silent_s)}
    return [Symptom(KEEPER_SILENT, "keeper", "critical", told, details)]


def authority(ours: Mapping[str, str], config: GlobalConfig) -> list[Symptom]:
    """Keys (address by role) that GlobalConfig does not name."""
    wanted = {"admin": config.admin, "backend": config.backend_authority}
    return [
        Symptom(
            AUTHORITY_MISMATCH,
            role,
            "critical",
            f"our {role} key is not GlobalConfig's: nothing it signs is taken",
            {"ours": address, "chain": wanted[role]},
        )
        for role, address in ours.items()
        if role in wanted and address != wanted[role]
    ]


def doubles(facts: Facts) -> list[Symptom]:
    """An intent two of whose transactions have events on chain."""
    by_action = {one.action: one.double_sends for one in facts.trends if one.double_sends}
    if not by_action:
        return []
    told = f"{sum(by_action.values())} transactions landed beyond their intent's first"
    return [Symptom(DOUBLE_SEND, "transitions", "critical", told, {"by_action": by_action})]


def success(windows: Iterable[Success], least: int) -> list[Symptom]:
    """Fewer than 99 of 100 transitions ended well in the last hour.

    Fewer endings than `least` are no rate: of two, one failure is its dead letter's to tell.
    """
    found = next((one for one in windows if one.time_window == WINDOW), None)
    if found is None or found.ended < least or found.ratio is None or found.ratio >= LEAST:
        return []
    told = f"{found.succeeded} of {found.ended} transitions of the last hour ended well"
    details = {"ended": found.ended, "succeeded": found.succeeded}
    return [Symptom(SUCCESS_RATE_LOW, WINDOW, "warning", told, details)]


def fold(lag_s: float, limit_s: float) -> list[Symptom]:
    """Marts older than what has landed: the fold is dead, stalled or too slow."""
    if lag_s <= limit_s:
        return []
    told = f"marts lack what landed {lag_s:.0f} s ago"
    return [Symptom(FOLD_BEHIND, "marts", "critical", told, {"lag_s": round(lag_s)})]


def completeness(found: Counted, silent_s: float | None, limit_s: float) -> list[Symptom]:
    """Slots that stay incomplete, and a ledger that no longer looks for them."""
    symptoms = []
    if found.count:
        oldest = max(one["age_s"] for one in found.sample)
        told = f"{found.count} ranges of slots are incomplete, the oldest for {oldest:.0f} s"
        symptoms.append(Symptom(OPEN_GAPS, "slots", "warning", told, _shown(found)))
    if silent_s is not None and silent_s > limit_s:
        told = f"the completeness ledger has not looked for {silent_s:.0f} s: gaps are not seen"
        details = {"silent_s": round(silent_s)}
        symptoms.append(Symptom(OPEN_GAPS, "ledger", "critical", told, details))
    return symptoms


def stale(found: Iterable[Tick], patience_s: float) -> list[Symptom]:
    """Suites of checks that nobody judges any more; one symptom each."""
    return [
        Symptom(
            CHECKS_STALE,
            one.name,
            "warning",
            f"the checks of {one.name} were last judged {one.silent_s:.0f} s ago",
            {"silent_s": round(one.silent_s), "usual_s": round(one.usual_s or 0)},
        )
        for one in found
        if is_late(one, patience_s)
    ]


def all_of(facts: Facts, limits: Limits, *, watched_s: float) -> dict[str, list[Symptom]]:
    """Symptoms by rule; a rule that could not be judged now is absent."""
    judged = {
        TRANSACTION_FAILING: failing(facts.failing),
        TICK_MISSING: ticks(facts.ticks, limits.tick_s),
        DAEMON_SILENT: daemon(
            facts.daemons, limits.daemon_s, start_s=limits.start_s, watched_s=watched_s
        ),
        KEEPER_SILENT: keeper(facts.keeper_silent_s, limits.keeper_s, watched_s=watched_s),
        DOUBLE_SEND: doubles(facts),
        SUCCESS_RATE_LOW: success(facts.success, limits.success_least),
        FOLD_BEHIND: fold(facts.fold_lag_s, limits.fold_s),
        OPEN_GAPS: completeness(facts.gaps, facts.ledger_silent_s, limits.gap_s),
        CHECKS_STALE: stale(facts.checked, limits.tick_s),
    }
    return judged if facts.stuck is None else judged | {MARKET_STUCK: markets(facts.stuck)}


def _shown(found: Counted) -> dict[str, Any]:
    return {"count": found.count, "sample": [dict(one) for one in found.sample]}
