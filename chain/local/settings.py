"""What the local chain is told at start."""

from pathlib import Path

from pydantic import Field

from oddsline.settings import Settings

#: Where the market program lives unless ODDSLINE_PROGRAM_ID says otherwise.
LOCAL_PROGRAM_ID = "2MV581DqE1yS6AgU3mT5vGc14BmEy5RJdyNvkiunW76k"

#: What mainnet does: a blockhash is good for 150 blocks, a block final 32 slots later.
BLOCKHASH_BLOCKS = 150


class ChainSettings(Settings):
    """ODDSLINE_CHAIN_…; the chain needs neither Postgres nor Redis."""

    database_url: str | None = Field(None, repr=False)  # type: ignore[assignment]
    redis_url: str | None = Field(None, repr=False)  # type: ignore[assignment]
    program_id: str = LOCAL_PROGRAM_ID

    #: Where the chain's database lies; default $ODDSLINE_HOME/chain.
    chain_data: Path | None = None
    chain_program_so: Path = Path(__file__).parent / "market.so"

    chain_slot_ms: int = Field(400, ge=1)
    #: Slots after which a transaction counts as confirmed, then as finalized.
    chain_confirmed_after: int = Field(1, ge=1)
    chain_finalized_after: int = Field(32, ge=1)
    #: fsync before a transaction is answered; off only where a power cut does not matter.
    chain_fsync: bool = True
    #: Opens /_local/warp and /_local/faults: for chains that nobody else uses.
    chain_private: bool = False

    chain_webhook_url: str | None = Field(None, pattern=r"^https?://")
    #: Whose transactions are told; default the market program's.
    chain_webhook_address: str | None = None
    chain_webhook_timeout_ms: int = Field(1000, ge=1)
    chain_webhook_retries: int = Field(3, ge=0)
    chain_webhook_retry_ms: int = Field(1000, ge=0)
    #: The most transactions of one slot that share a delivery.
    chain_webhook_batch: int = Field(100, ge=1)
    chain_webhook_concurrency: int = Field(8, ge=1)

    @property
    def data_dir(self) -> Path:
        """The folder of the chain's database."""
        return self.chain_data or self.home / "chain"

    @property
    def webhook_secret(self) -> str:
        """What Helius would echo in `Authorization`: the first configured secret."""
        return self.helius_secrets[0] if self.helius_secrets else ""
