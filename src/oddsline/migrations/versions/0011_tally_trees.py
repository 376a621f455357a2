"""Tallies' trees, stored: an inclusion proof is a few hashes of them."""

from oddsline.migrations.steps import run_sql

revision = "0011_tally_trees"
down_revision = "0010_alert_messages"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0011_tally_trees.sql")
