"""${message}."""

from oddsline.migrations.steps import run_sql

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Forward only: a step back is a new step."""
    run_sql("${up_revision}.sql")
