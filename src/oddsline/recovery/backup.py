"""A backup is one pg_dump archive and a manifest that says what is in it."""

import hashlib
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg2.extensions import parse_dsn

from oddsline import blocking

SQL = Path(__file__).parent / "sql"


class BackupError(Exception):
    """A backup could not be made, or is not what its manifest says."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        taken_at: RFC 3339; the dump's snapshot is no older.
        last_slot: the newest slot of a landed transaction: the ledger goes on from before it.
        events, ballots: rows in raw.events and raw.votes.
        pos: the outbox' last position.
        sha256: of the archive.
    """

    taken_at: str
    epoch: str
    last_slot: int
    events: int
    ballots: int
    pos: int
    schema_version: str
    sha256: str

    @staticmethod
    def of(archive: Path) -> "Manifest":
        """The manifest beside an archive, checked against it.

        Raises:
            BackupError: missing, or the archive was changed or cut.
        """
        beside = manifest_path(archive)
        if not archive.exists() or not beside.exists():
            raise BackupError(f"{archive} or its manifest {beside.name} is missing")
        found = Manifest(**json.loads(beside.read_text()))
        if found.sha256 != _sha256(archive):
            raise BackupError(f"{archive} is not the file its manifest describes (sha256 differs)")
        return found


def backup(database_url: str, folder: Path, *, programs: Path, now: datetime) -> Path:
    """Dump the database while it is in use; returns the archive's path.

    Args:
        database_url: the owner's connection string.
        folder: where archive and manifest are written.
        programs: the folder of pg_dump, at least as new as the server.
        now: names the files.

    Raises:
        BackupError: pg_dump failed.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    archive = folder / f"oddsline-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.dump"
    half = archive.with_suffix(".part")
    standing = stand(database_url)
    arguments = ["--format=custom", "--compress=1", "--exclude-schema=dagster", f"--file={half}"]
    run(programs / "pg_dump", arguments, database_url)
    half.chmod(0o600)
    manifest = Manifest(now.isoformat(), sha256=_sha256(half), **standing)
    manifest_path(archive).write_text(json.dumps(asdict(manifest), indent=2))
    half.replace(archive)
    return archive


def stand(database_url: str) -> dict[str, Any]:
    """Where a database stands now."""
    with blocking.session(database_url, name="recovery") as connection:
        return blocking.rows(connection, blocking.read_sql(SQL, "standing"))[0]


def run(program: Path, arguments: list[str], database_url: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by environment.

    Raises:
        BackupError: its exit code was not 0.
    """
    done = subprocess.run(
        [str(program), "--no-password", *arguments],
        env=os.environ | libpq(database_url),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program.name} failed:\n{done.stderr.strip()}")


def libpq(database_url: str) -> dict[str, str]:
    """A connection string as libpq's environment variables."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    names |= {"dbname": "PGDATABASE", "sslmode": "PGSSLMODE"}
    parts: dict[str, str] = parse_dsn(database_url)
    return {names[key]: str(value) for key, value in parts.items() if key in names}


def manifest_path(archive: Path) -> Path:
    """The manifest's place beside its archive."""
    return archive.with_suffix(".json")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
