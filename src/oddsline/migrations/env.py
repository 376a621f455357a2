"""Alembic's entry: one connection, one advisory lock, one transaction for everything missing."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from oddsline.migrations.address import sqlalchemy_url

#: Two machines that migrate at once take turns.
MIGRATION_LOCK = 7104


def run() -> None:
    """Apply pending revisions; the loser of a race finds nothing left to do."""
    url = sqlalchemy_url(context.config.attributes["database_url"])
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        context.configure(connection=connection, transactional_ddl=True)
        with context.begin_transaction():
            context.run_migrations()


run()
