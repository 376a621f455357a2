"""How a revision runs its .sql file."""

from pathlib import Path

from alembic import op

SQL = Path(__file__).parent / "sql"


def run_sql(name: str) -> None:
    """Send a whole file as it stands; through the driver, since `%` in it means itself."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute((SQL / name).read_text())
    cursor.close()
