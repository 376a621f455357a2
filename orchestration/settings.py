"""What orchestration decides by configuration; `.env.example` explains each."""

import os
from datetime import timedelta

from pydantic import Field

from oddsline import settings
from orchestration.dead_letters.backoff import Schedule
from orchestration.monitor.due import Periods
from orchestration.monitor.holds import HoldRules
from orchestration.watch.symptoms import Limits
from votes.settings import VoteSettings


class OrchestrationSettings(VoteSettings):
    """ODDSLINE_… variables of the monitor, the votes, the dead letters and the alerts."""

    program_id: str

    monitor_batch: int = Field(500, ge=1)  # markets a run takes at most
    monitor_wait_s: float = Field(120, gt=0)  # how long a run waits for the keeper
    monitor_grace_s: int = Field(900, ge=0)  # how long past its time a market counts as stuck

    vote_cron: str = "*/5 * * * *"  # when votes are counted

    hold_price_bps: int = Field(9000, ge=5001, le=10_001)
    hold_early_s: int = Field(600, ge=0)
    hold_resolver_interest: bool = True

    webhook_silence_s: float = Field(120, ge=0)  # age from which a delivery is missed

    watch_daemon_s: float = Field(120, gt=0)  # silence of Dagster's daemon that alerts
    watch_keeper_s: float = Field(15, gt=0)  # silence of the keeper that alerts
    watch_start_s: float = Field(30, ge=0)  # what a line that begins is given before it is missed
    watch_tick_s: float = Field(60, ge=0)  # beyond twice the usual pause, for a tick or a suite
    watch_fold_s: float = Field(30, gt=0)  # age of what no mart has, that alerts
    watch_gap_s: float = Field(300, ge=0)  # age of a gap, or silence of the ledger, that alerts
    watch_failures: int = Field(3, ge=1)  # of one transition, that alert
    watch_success_least: int = Field(20, ge=1)  # endings in an hour below which none is a rate

    dlq_retries: int = Field(3, ge=0)
    dlq_base_s: float = Field(30, gt=0)

    retention_days: int = Field(14, ge=1)  # of Dagster's runs, their events and logs
    retention_failed_days: int = Field(60, ge=1)  # of failed runs, and of check results

    @property
    def all_keys_at_hand(self) -> bool:
        """Whether one transaction can carry a vote's whole way: each role's key is ours."""
        keys = (self.keypair_admin, self.keypair_backend, self.keypair_activator)
        return all(key is not None for key in keys)

    @property
    def hold_rules(self) -> HoldRules:
        return HoldRules(self.hold_price_bps, self.hold_early_s, self.hold_resolver_interest)

    @property
    def retry_schedule(self) -> Schedule:
        return Schedule(retries=self.dlq_retries, base=timedelta(seconds=self.dlq_base_s))

    @property
    def watch_limits(self) -> Limits:
        return Limits(
            daemon_s=self.watch_daemon_s,
            keeper_s=self.watch_keeper_s,
            success_least=self.watch_success_least,
            start_s=self.watch_start_s,
            tick_s=self.watch_tick_s,
            fold_s=self.watch_fold_s,
            gap_s=self.watch_gap_s,
        )

    def periods(self, dispute_period_s: int) -> Periods:
        """The periods in force; the first is GlobalConfig's, never a setting."""
        return Periods(dispute_s=dispute_period_s, voting_s=self.dispute_voting_period_s)


def load() -> OrchestrationSettings:
    """Read them from the environment.

    Raises:
        SettingsError: names what is missing.
    """
    return settings.load(OrchestrationSettings)


def vote_schedule() -> str:
    """When votes are counted, for the code location to load without a program id."""
    return os.environ.get("ODDSLINE_VOTE_CRON", "*/5 * * * *")
