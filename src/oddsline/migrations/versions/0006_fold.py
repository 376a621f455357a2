"""How new raw rows become modelled ones: the fold's batch, its outbox and its parking place."""

from oddsline.migrations.steps import run_sql

revision = "0006_fold"
down_revision = "0005_votes"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0006_fold.sql")
