"""How votes are decided, by configuration; thresholds are GlobalConfig's and never settings."""

from datetime import timedelta

from pydantic import Field

from oddsline.settings import Settings


class VoteSettings(Settings):
    """ODDSLINE_… variables that counting, the API and operators share."""

    vote_eligibility: str = Field("any", pattern=r"^(any|traded|balance:\d+)$")

    proposal_min_voters: int = Field(10, ge=1)
    proposal_decision: str = Field("as_soon_as", pattern="^(as_soon_as|at_cutoff)$")
    proposal_voting_period_s: int = Field(172_800, ge=0)  # 48 h from the market's creation
    proposal_activate: bool = True  # activate in the transaction that approves

    dispute_quorum: int = Field(1, ge=1)  # voters without whom a dispute is not decided
    dispute_voting_period_s: int = Field(172_800, ge=0)  # 48 h from dispute_initiated_at

    @property
    def proposal_period(self) -> timedelta:
        return timedelta(seconds=self.proposal_voting_period_s)

    @property
    def dispute_period(self) -> timedelta:
        return timedelta(seconds=self.dispute_voting_period_s)
