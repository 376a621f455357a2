"""What a deployment decides about its keeper."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from chain.keeper.fees import FeePolicy
from chain.keeper.signers import ROLES, FileSigner, Signers
from oddsline.settings import Settings


class KeeperSettings(Settings):
    """ODDSLINE_KEEPER_…; the program id and the keypairs must be set."""

    program_id: str
    keypair_admin: Path
    keypair_backend: Path
    keypair_activator: Path

    keeper_in_flight: int = Field(256, ge=1, le=2000)
    keeper_poll_ms: int = Field(400, ge=10)
    keeper_rebroadcast_ms: int = Field(2000, ge=50)
    keeper_lease_s: float = Field(15.0, ge=0.5)
    keeper_finality_s: float = Field(4.0, ge=0.1, description="between looks at what is done")
    keeper_attempts: int = Field(3, ge=1, description="signatures for one lease")
    keeper_shadow: bool = False

    keeper_fee_percentile: int = Field(75, ge=0, le=100)
    keeper_fee_escalation: float = Field(1.5, ge=1.0)
    keeper_fee_cap_lamports: int = Field(100_000, ge=0)
    keeper_daily_budget_lamports: int = Field(1_000_000_000, ge=0)
    keeper_low_balance_lamports: int = Field(50_000_000, ge=0)

    @property
    def fee_policy(self) -> FeePolicy:
        return FeePolicy(
            self.keeper_fee_percentile,
            self.keeper_fee_escalation,
            self.keeper_fee_cap_lamports,
            self.keeper_daily_budget_lamports,
        )

    def signers(self) -> Signers:
        """The keys of every role that has a file.

        Raises:
            SignerMissing: a file is not there or holds no keypair.
        """
        files = {role: getattr(self, f"keypair_{role}") for role in ROLES}
        return Signers({role: FileSigner.load(path) for role, path in files.items() if path})
