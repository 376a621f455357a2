"""What the live models share is worked out once a batch; messages are built as text."""

from oddsline.migrations.steps import run_sql

revision = "0008_fold_shared"
down_revision = "0007_ledger"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0008_fold_shared.sql")
