"""Wallets ranked per window, kept; finalized markets sealed by a hash."""

from oddsline.migrations.steps import run_sql

revision = "0009_ranks_and_seals"
down_revision = "0008_fold_shared"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0009_ranks_and_seals.sql")
