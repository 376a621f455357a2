"""What the fold tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

from oddsline.metrics import LATENCY_BUCKETS

ROWS = Counter("oddsline_fold_rows_total", "sequence numbers folded")
PARKED = Counter("oddsline_fold_parked_total", "rows that no mart could read, parked")
MESSAGES = Counter("oddsline_fold_messages_total", "messages written to the outbox")
PUBLISHED = Counter("oddsline_fold_published_total", "messages sent to Redis Streams")
FAILURES = Counter("oddsline_fold_failures_total", "batches that failed", ["reason"])
BATCH_ROWS = Histogram(
    "oddsline_fold_batch_rows", "sequence numbers a batch", buckets=(1, 10, 100, 1_000, 10_000)
)
BATCH_SECONDS = Histogram("oddsline_fold_batch_seconds", "one batch", buckets=LATENCY_BUCKETS)
LAG = Gauge("oddsline_fold_lag_seconds", "age, by receipt, of the oldest row not yet folded")
BACKLOG = Gauge("oddsline_fold_backlog_rows", "sequence numbers not yet folded")
UNPUBLISHED = Gauge("oddsline_fold_unpublished_messages", "messages not yet in Redis Streams")
LEADING = Gauge("oddsline_fold_leading", "1 while this process is the one that folds")
