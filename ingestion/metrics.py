"""What the intake measures about itself."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from prometheus_client import Counter, Gauge, Histogram

from oddsline.metrics import LATENCY_BUCKETS

DELIVERIES = Counter(
    "oddsline_ingestion_deliveries_total", "Webhook requests by the status they got", ["status"]
)
ITEMS = Counter(
    "oddsline_ingestion_items_total", "Items of acknowledged deliveries, by outcome", ["outcome"]
)
ANOMALIES = Counter(
    "oddsline_ingestion_anomalies_total",
    "What could not be read as it should, by reason",
    ["reason"],
)
ACKNOWLEDGED = Gauge(
    "oddsline_ingestion_last_delivery_timestamp_seconds", "When a delivery was last acknowledged"
)
ACK_SECONDS = Histogram(
    "oddsline_ingestion_ack_seconds", "From request to acknowledgement", buckets=LATENCY_BUCKETS
)
COMMIT_SECONDS = Histogram(
    "oddsline_ingestion_commit_seconds", "One call of raw.land", buckets=LATENCY_BUCKETS
)
COMMIT_TRANSACTIONS = Histogram(
    "oddsline_ingestion_commit_transactions",
    "Transactions in one commit",
    buckets=(1, 5, 10, 25, 50, 100, 200, 400, 1000),
)
UNAVAILABLE = Counter(
    "oddsline_ingestion_landing_failures_total", "Commits that did not happen, by error", ["error"]
)
WAITING = Gauge(
    "oddsline_ingestion_waiting_transactions", "Transactions received that no commit has taken up"
)
LEDGER_FETCHED = Counter(
    "oddsline_ledger_fetched_total", "Transactions that the list named and no push had brought"
)
LEDGER_LAG = Gauge(
    "oddsline_ledger_lag_slots", "Finalized tip minus the standing's watermark", ["standing"]
)
LEDGER_GAPS = Gauge("oddsline_ledger_open_gaps", "Ranges of slots not known to be complete")
LEDGER_GAP_AGE = Gauge("oddsline_ledger_oldest_gap_seconds", "Age of the oldest open gap; 0 = none")
LEDGER_FAILURES = Counter(
    "oddsline_ledger_failed_passes_total", "Passes that could not finish, by error", ["error"]
)


class Standing(Protocol):
    """See `ingestion.ledger.book.Standing`."""

    @property
    def name(self) -> str: ...
    @property
    def lag_slots(self) -> int: ...
    @property
    def open_gaps(self) -> int: ...
    @property
    def oldest_gap_s(self) -> float | None: ...


def ledger_stands(standings: Sequence[Standing]) -> None:
    """Show the ledger after a pass, also after one that failed."""
    for standing in standings:
        LEDGER_LAG.labels(standing.name).set(standing.lag_slots)
        LEDGER_GAPS.set(standing.open_gaps)
        LEDGER_GAP_AGE.set(standing.oldest_gap_s or 0)


def delivered(status: int, counts: Mapping[str, int] | None, *, seconds: float, now: float) -> None:
    """Count one answered request.

    Args:
        status: HTTP.
        counts: what an acknowledged delivery held.
        seconds: it took.
        now: Unix time.
    """
    DELIVERIES.labels(str(status)).inc()
    if counts is None:
        return
    ACK_SECONDS.observe(seconds)
    ACKNOWLEDGED.set(now)
    for outcome, count in counts.items():
        if outcome != "received" and count:
            ITEMS.labels(outcome).inc(count)
