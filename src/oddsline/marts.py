"""Run dbt on a database: its tables, its folds and its tests are dbt's alone."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

PROJECT = Path(__file__).parents[2] / "dbt_project"


class BuildError(Exception):
    """dbt refused or a test of the data failed; the message is the end of its output."""


def environment(database_url: str) -> dict[str, str]:
    """How dbt_project/profiles.yml learns of a database (dbt takes no URL)."""
    url = urlsplit(database_url)
    return {
        "ODDSLINE_DBT_HOST": url.hostname or "localhost",
        "ODDSLINE_DBT_PORT": str(url.port or 5432),
        "ODDSLINE_DBT_USER": unquote(url.username or ""),
        "ODDSLINE_DBT_PASSWORD": unquote(url.password or ""),
        "ODDSLINE_DBT_DATABASE": url.path.lstrip("/"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def ensure(database_url: str, *, target: Path) -> bool:
    """Make the marts unless these very models were the last ones made in this database.

    Their tests are not waited for: Dagster's build, every ten minutes, runs them. Models are told
    apart by the hash of the project's files, kept in `target`; true = made now.

    Raises:
        BuildError: dbt's exit code was not 0.
    """
    stamp = target / "built_for"
    wanted = project_hash()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    build(database_url, target=target, arguments=("run",))
    stamp.write_text(wanted)
    return True


def project_hash() -> str:
    """A hash over everything in dbt_project/ that decides what the marts are."""
    digest = hashlib.sha256()
    for path in sorted(PROJECT.rglob("*")):
        inside = path.relative_to(PROJECT)
        if path.is_file() and inside.parts[0] not in {"target", "logs", "dbt_packages"}:
            digest.update(str(inside).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build(database_url: str, *, target: Path, arguments: tuple[str, ...] = ("build",)) -> None:
    """Run `dbt <arguments>` in its own process, keeping compiled files in `target`.

    Raises:
        BuildError: dbt's exit code was not 0.
    """
    command = [sys.executable, "-m", "dbt.cli.main", *arguments]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    command += ["--target-path", str(target.absolute()), "--log-path", str(target.absolute())]
    done = subprocess.run(
        [*command, "--no-use-colors"],
        env=os.environ | environment(database_url),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError("\n".join((done.stdout + done.stderr).splitlines()[-40:]))
