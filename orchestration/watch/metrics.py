"""What the watch exports; labels are few: actions, error names, threads, sensors."""

from prometheus_client import Gauge

from orchestration.watch.facts import Facts

STUCK = Gauge("oddsline_watch_stuck_markets", "Markets that should have moved and have not")
FAILING = Gauge("oddsline_watch_failing_transitions", "Transitions that fail again and again")
DAEMON = Gauge("oddsline_watch_daemon_silent_seconds", "Since a heartbeat of Dagster", ["daemon"])
TICK = Gauge("oddsline_watch_tick_age_seconds", "Since a sensor or schedule ticked", ["name"])
KEEPER = Gauge("oddsline_watch_keeper_silent_seconds", "Since a keeper spoke to the database")
SUCCESS = Gauge("oddsline_watch_success_ratio", "Transitions that ended well", ["window"])
ENDED = Gauge("oddsline_watch_ended_transitions", "Transitions that ended", ["window"])
ATTEMPTS = Gauge("oddsline_watch_attempts_7d", "Intents taken up in 7 days", ["action"])
SUCCEEDED = Gauge("oddsline_watch_successes_7d", "Intents done in 7 days", ["action"])
FAILURES = Gauge("oddsline_watch_failures_7d", "Failed endings in 7 days", ["action", "error"])
EXPIRED = Gauge("oddsline_watch_expired_7d", "Never landed, in 7 days", ["action"])
FEES = Gauge("oddsline_watch_fees_lamports_7d", "Fees of 7 days", ["action"])
LANDING = Gauge("oddsline_watch_land_seconds_p95_7d", "The worst day's p95 of 7", ["action"])
DOUBLES = Gauge(
    "oddsline_watch_double_sends", "By events on chain against intents; must be 0", ["action"]
)
SYMPTOMS = Gauge("oddsline_watch_symptoms", "Symptoms there now", ["rule"])


def show(facts: Facts) -> None:
    """Set every gauge; what is not known keeps its last value."""
    if facts.stuck is not None:
        STUCK.set(facts.stuck.count)
    FAILING.set(facts.failing.count)
    # No keeper at all is no number: NaN, which no rule mistakes for health.
    KEEPER.set(float("nan") if facts.keeper_silent_s is None else facts.keeper_silent_s)
    for daemon, silent_s in facts.daemons.items():
        DAEMON.labels(daemon).set(silent_s)
    for tick in facts.ticks:
        TICK.labels(tick.name).set(tick.silent_s)
    for window in facts.success:
        ENDED.labels(window.time_window).set(window.ended)
        SUCCESS.labels(window.time_window).set(1.0 if window.ratio is None else window.ratio)
    _show_trends(facts)


def _show_trends(facts: Facts) -> None:
    FAILURES.clear()
    for one in facts.trends:
        ATTEMPTS.labels(one.action).set(one.attempts)
        SUCCEEDED.labels(one.action).set(one.succeeded)
        EXPIRED.labels(one.action).set(one.expired)
        FEES.labels(one.action).set(one.fees)
        DOUBLES.labels(one.action).set(one.double_sends)
        if one.seconds_to_land_p95 is not None:
            LANDING.labels(one.action).set(one.seconds_to_land_p95)
        for error, times in one.failures.items():
            FAILURES.labels(one.action, error).set(times)
