"""Keys, order, partitions, roles."""

from oddsline.migrations.steps import run_sql

revision = "0001_foundation"
down_revision = None


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0001_foundation.sql")
