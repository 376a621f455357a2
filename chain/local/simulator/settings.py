"""How lively the local chain is."""

from pydantic import Field

from chain.local.settings import LOCAL_PROGRAM_ID
from oddsline.settings import Settings


class SimulatorSettings(Settings):
    """ODDSLINE_SIMULATOR_…; Postgres and Redis are not needed."""

    database_url: str | None = Field(None, repr=False)  # type: ignore[assignment]
    redis_url: str | None = Field(None, repr=False)  # type: ignore[assignment]
    program_id: str = LOCAL_PROGRAM_ID

    #: Trades (and other moves) a second, at most.
    simulator_rate: float = Field(1.0, gt=0, le=50)
    #: Markets that are open at a time.
    simulator_markets: int = Field(4, ge=1, le=100)
    simulator_wallets: int = Field(8, ge=2, le=100)
    #: Seconds from a market's activation to its resolution.
    simulator_life: int = Field(900, ge=1)
    #: Seconds past its dispute period after which a market is finalized from here, and past its
    #: creation after which it is approved from here, should nobody else (the market monitor, the
    #: scheduled count) do it.
    simulator_grace: int = Field(180, ge=0)

    @property
    def api_url(self) -> str:
        """Where ballots are posted."""
        return f"http://{self.host}:{self.api_port}"
