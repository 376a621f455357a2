"""`oddsline backup` and `oddsline restore`."""

import asyncio
import contextlib
import importlib
import json
import os
import signal
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from oddsline import cache, postgres, settings
from oddsline.embedded.postgres import binaries
from oddsline.recovery.backup import backup as make_backup
from oddsline.recovery.restore import Restored
from oddsline.recovery.restore import restore as bring_back


def backup(
    folder: Annotated[Path | None, typer.Argument(help="default: $ODDSLINE_HOME/backups")] = None,
    programs: Annotated[Path | None, typer.Option(help="folder of pg_dump")] = None,
) -> None:
    """Write a backup of the database while it is in use."""
    found = settings.load()
    archive = make_backup(
        found.database_url,
        folder or found.home / "backups",
        programs=programs or binaries() / "bin",
        now=datetime.now(UTC),
    )
    typer.echo(archive)


def restore(
    archive: Annotated[Path, typer.Argument(help="the .dump file, its .json beside it")],
    programs: Annotated[Path | None, typer.Option(help="folder of pg_restore")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,  # noqa: FBT002 the framework reads it by name
) -> None:
    """Bring a backup back: a new database in the old one's place, a new epoch, Redis built anew."""
    found = settings.load()
    if not yes:
        typer.confirm("Replace the database (the present one is renamed, not dropped)?", abort=True)
    done = bring_back(
        found.database_url,
        found.redis_url,
        archive,
        programs=programs or binaries() / "bin",
        now=datetime.now(UTC),
    )
    ballots = asyncio.run(rebuild_votes(found.database_url, found.redis_url))
    _tell(done, ballots, found.home)
    _restart_services(found.home)


async def rebuild_votes(database_url: str, redis_url: str) -> int:
    """Fill the vote cache from the restored ballots; returns how many."""
    redis = cache.commands(redis_url, name="restore")
    connection = await postgres.connect(database_url, name="restore")
    try:
        votes = importlib.import_module("votes.cache").VoteCache(redis)
        count: int = await importlib.import_module("votes.rebuild").rebuild(connection, votes)
    finally:
        await connection.close()
        await redis.aclose()
    return count


def _tell(done: Restored, ballots: int, home: Path) -> None:
    typer.echo(
        f"restored what was taken at {done.manifest.taken_at}: {done.manifest.events} events"
    )
    typer.echo(f"new epoch {done.epoch}; the replaced database is {done.set_aside}")
    typer.echo(f"Redis: {done.redis_keys_dropped} keys dropped, {ballots} ballots counted anew")
    if done.lost_ballots:
        path = home / "backups" / "lost-ballots.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([asdict(ballot) for ballot in done.lost_ballots], indent=2))
        typer.echo(f"{len(done.lost_ballots)} ballots were cast after it and are lost: {path}")


def _restart_services(home: Path) -> None:
    """Ask a line that runs from this folder to start its services anew."""
    lock = home / "up.lock"
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(lock.read_text()), signal.SIGHUP)
        typer.echo("the running line starts its services anew")
        return
    typer.echo("now restart ingestion, fold, api and keeper")
