"""How ballots are stored, and who may."""

from oddsline.migrations.steps import run_sql

revision = "0005_votes"
down_revision = "0004_api"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0005_votes.sql")
