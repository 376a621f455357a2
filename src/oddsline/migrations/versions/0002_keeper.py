"""What shall happen on chain and what came of it."""

from oddsline.migrations.steps import run_sql

revision = "0002_keeper"
down_revision = "0001_foundation"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0002_keeper.sql")
