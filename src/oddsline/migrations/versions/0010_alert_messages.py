"""Alerts' messages: an outbox, and the targets that take them."""

from oddsline.migrations.steps import run_sql

revision = "0010_alert_messages"
down_revision = "0009_ranks_and_seals"


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("0010_alert_messages.sql")
