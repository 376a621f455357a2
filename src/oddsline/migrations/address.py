"""One spelling of a database URL for SQLAlchemy.

SQLAlchemy 2.1 takes `postgresql://` for psycopg 3 when it finds it; we mean psycopg2.
"""

from sqlalchemy.engine import URL, make_url


def sqlalchemy_url(database_url: str) -> URL:
    """The same database, with the driver named."""
    return make_url(database_url).set(drivername="postgresql+psycopg2")
