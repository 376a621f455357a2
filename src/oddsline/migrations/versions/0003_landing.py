"""The one way into raw."""

from oddsline.migrations.steps import run_sql

revision = "0003_landing"
down_revision = "0002_keeper"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0003_landing.sql")
