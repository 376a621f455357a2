"""Up to which slot the data is complete."""

from oddsline.migrations.steps import run_sql

revision = "0007_ledger"
down_revision = "0006_fold"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0007_ledger.sql")
