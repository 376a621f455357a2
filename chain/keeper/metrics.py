"""What the keeper counts; the actions and error names are few, so they may be labels."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

LANDING_BUCKETS = (0.2, 0.4, 0.8, 1.5, 3, 5, 8, 13, 20, 40, 80)

ATTEMPTS = Counter("oddsline_keeper_attempts_total", "Intents taken up", ["action"])
SUCCESSES = Counter(
    "oddsline_keeper_successes_total", "Intents done; how: landed or already", ["action", "how"]
)
FAILURES = Counter(
    "oddsline_keeper_failures_total", "Intents failed", ["action", "error", "error_class"]
)
LANDING = Histogram(
    "oddsline_keeper_time_to_land_seconds",
    "From signature to confirmation",
    ["action"],
    buckets=LANDING_BUCKETS,
)
FEES = Counter("oddsline_keeper_fees_lamports_total", "Fees of what was signed", ["action"])
EXPIRED = Counter(
    "oddsline_keeper_expired_total", "Signed, never landed, provably dead", ["action"]
)
DOUBLE_SENDS = Counter(
    "oddsline_keeper_double_sends_total", "Intents two of whose transactions landed; must stay 0"
)
FALLEN = Counter(
    "oddsline_keeper_fallen_total", "Done intents that a fork undid: back to work", ["action"]
)
FINALIZED = Counter("oddsline_keeper_finalized_total", "Done intents seen final", ["action"])
BROADCASTS = Counter("oddsline_keeper_broadcasts_total", "Times bytes were handed to a node")
RPC_FAILURES = Counter("oddsline_keeper_rpc_failures_total", "Calls without a result", ["kind"])
UNPROVEN = Counter(
    "oddsline_keeper_unproven_expiries_total", "Times a node's word on expiry was not enough"
)
LEASES_LOST = Counter("oddsline_keeper_leases_lost_total", "Writes that a newer lease refused")
IN_FLIGHT = Gauge("oddsline_keeper_in_flight", "Intents being worked on")
PAUSED = Gauge("oddsline_keeper_paused", "1 while the pause switch is on")
BUDGET_LEFT = Gauge("oddsline_keeper_budget_left_lamports", "Of today's fee budget (UTC)")
BALANCE = Gauge("oddsline_keeper_balance_lamports", "What a signer holds", ["role"])
LOW_BALANCE = Gauge("oddsline_keeper_balance_low", "1 while it is under the limit", ["role"])
AUTHORITY_WRONG = Gauge(
    "oddsline_keeper_authority_mismatch", "1 while GlobalConfig names another key", ["role"]
)
