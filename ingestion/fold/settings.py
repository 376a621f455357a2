"""What a fold process needs to know."""

from pydantic import Field

from oddsline.settings import Settings


class FoldSettings(Settings):
    """The ground floor's settings, with the fold's pace and the outbox's keeping."""

    fold_poll_seconds: float = Field(1.0, gt=0)  # where a NOTIFY was missed
    fold_batch_max: int = Field(20_000, ge=1)  # sequence numbers in one transaction
    fold_batch_seconds: float = Field(0.5, gt=0)  # what one transaction may take when behind
    outbox_seconds: int = Field(3600, ge=60)  # kept; longer than any client may replay
    stream_length: int = Field(100_000, ge=1)  # entries kept in each Redis stream
    fold_lag_limit_ms: int = Field(10_000, gt=0)  # not ready above it
