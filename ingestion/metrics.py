"""What the intake measures about itself."""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from oddsline.metrics import LATENCY_BUCKETS

DELIVERIES = Counter(
    "oddsline_ingestion_deliveries_total", "Webhook requests by the status they got", ["status"]
)
ITEMS = Counter(
    "oddsline_ingestion_items_total", "Items of acknowledged deliveries, by outcome", ["outcome"]
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
LEDGER_LAG = Gauge("oddsline_ledger_lag_slots", "Finalized tip minus agreed watermark")
LEDGER_GAPS = Gauge("oddsline_ledger_open_gaps", "Ranges of slots not known to be complete")
LEDGER_FAILURES = Counter(
    "oddsline_ledger_failed_passes_total", "Passes that could not finish, by error", ["error"]
)


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
