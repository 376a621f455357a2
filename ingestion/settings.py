"""What an ingestion process needs to know."""

from typing import Self

from pydantic import Field, model_validator

from oddsline.settings import Settings


class LedgerSettings(Settings):
    """What fetching and comparing needs; commands use it without the intake's settings."""

    program_id: str
    redis_url: str | None = Field(None, repr=False)  # type: ignore[assignment] # not needed here

    ledger_from_slot: int | None = Field(None, ge=0)  # None = the first the provider has
    rpc_per_second: float = Field(100.0, gt=0)  # calls to one provider
    rpc_at_once: int = Field(8, ge=1)


class IngestionSettings(LedgerSettings):
    """The ground floor's settings, with the limits of the intake."""

    helius_auth: str = Field(repr=False, min_length=1)

    body_limit: int = Field(10_000_000, gt=0)  # bytes, before and after gzip
    body_seconds: float = Field(5.0, gt=0)  # for a whole body to arrive
    body_items: int = Field(1_000, gt=0)  # in one array; Helius sends a hundred or so
    land_connections: int = Field(2, ge=1)
    land_batch: int = Field(400, ge=1)  # transactions a commit
    land_pending: int = Field(10_000, ge=1)  # transactions that may wait for a commit
    lock_timeout_ms: int = Field(400, gt=0)
    land_seconds: float = Field(0.9, gt=0)  # Helius waits one second
    drain_seconds: int = Field(10, ge=0)

    ledger: bool = True  # keep the completeness ledger (one of several processes does)
    ledger_seconds: float = Field(2.0, gt=0)  # between two passes

    @model_validator(mode="after")
    def _at_most_two_secrets(self) -> Self:
        if not 1 <= len(self.helius_secrets) <= 2:
            raise ValueError("holds one secret, or two while it is being rotated")
        return self
