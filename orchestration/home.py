"""Prepares what Dagster needs before any of its processes starts.

Called by the supervisor by its dotted name; imports no Dagster, so it costs nothing.
"""

import shutil
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg2

SCHEMA = "dagster"
SQL = Path(__file__).with_name("sql")


def storage_url(database_url: str) -> str:
    """The URL of Dagster's own tables: the line's database, schema ``dagster``.

    The driver is named because SQLAlchemy 2.1 reads a bare ``postgresql://`` as psycopg 3 when
    both are installed, and dagster-postgres then fails.
    """
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query)) | {"options": f"-csearch_path={SCHEMA}"}
    return urlunsplit(
        ("postgresql+psycopg2", parts.netloc, parts.path, urlencode(query, quote_via=quote), "")
    )


def prepare(folder: Path, database_url: str) -> dict[str, str]:
    """Make ``folder`` a DAGSTER_HOME and the schema that it stores in.

    Args:
        folder: becomes DAGSTER_HOME; what lies in it (compute logs) is kept.
        database_url: a ``postgresql://`` URL of the line's database, as its owner.

    Returns:
        The environment that every Dagster process of this line needs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("dagster.yaml"), folder / "dagster.yaml")
    connection = psycopg2.connect(database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute((SQL / "prepare_dagster.sql").read_text(encoding="utf-8"))
    finally:
        connection.close()
    return {
        "DAGSTER_HOME": str(folder.resolve()),
        "ODDSLINE_DAGSTER_DATABASE_URL": storage_url(database_url),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
    }
