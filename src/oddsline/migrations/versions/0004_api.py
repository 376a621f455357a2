"""What the API may do."""

from oddsline.migrations.steps import run_sql

revision = "0004_api"
down_revision = "0003_landing"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0004_api.sql")
