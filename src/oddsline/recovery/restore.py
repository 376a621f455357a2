"""Restore: the archive becomes a new database, which takes the old one's place at once.

The old database is renamed, not dropped. A new epoch tells clients to drop their copies. What
Redis holds was written from a later past, so it is emptied and built anew; before that its
memory of ballots is held against the restored ones, since nobody else can know what is missing.
Events are not at risk: the ledger fetches what the chain said after the backup.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import redis
from psycopg2 import sql
from sqlalchemy.engine import make_url

from oddsline import blocking
from oddsline.migrate import migrate
from oddsline.recovery.backup import SQL, BackupError, Manifest, run, stand

#: Redis keys that are derived from the database.
DERIVED = ("oddsline:*", "votes:*")


@dataclass(frozen=True, order=True)
class RememberedBallot:
    """A ballot as the vote cache remembers it."""

    kind: str
    market_id: str
    wallet: str
    nonce: int


@dataclass(frozen=True)
class Restored:
    """What came of a restore."""

    manifest: Manifest
    epoch: str
    set_aside: str  # the database that was replaced, under its new name
    lost_ballots: tuple[RememberedBallot, ...]
    redis_keys_dropped: int


def restore(
    database_url: str, redis_url: str, archive: Path, *, programs: Path, now: datetime
) -> Restored:
    """Put a backup in the place of the database. Services must be restarted afterwards.

    Raises:
        BackupError: the archive is not what its manifest says, or pg_restore failed; nothing of
            the running database was changed then.
    """
    manifest = Manifest.of(archive)
    name = make_url(database_url).database or ""
    half, aside = f"{name}_restoring", f"{name}_before_{now.astimezone(UTC):%Y%m%dt%H%M%S}"
    server = _beside(database_url, "postgres")
    _admin(server, "drop database if exists {}", half)
    _admin(server, "create database {} template template0", half)
    restored = _beside(database_url, half)
    run(
        programs / "pg_restore",
        ["--no-owner", "--exit-on-error", f"--dbname={half}", str(archive)],
        restored,
    )
    migrate(restored)
    if stand(restored)["events"] < manifest.events:
        raise BackupError(f"{archive} holds fewer events than its manifest says")
    epoch = _new_epoch(restored)
    _swap(server, name, half, aside)
    lost, dropped = _reset_redis(database_url, redis_url)
    return Restored(manifest, epoch, aside, lost, dropped)


def _swap(server: str, name: str, half: str, aside: str) -> None:
    """Rename both in one transaction; whoever is connected is sent away first."""
    with _cursor(server) as cursor:
        cursor.execute(_name("alter database {} allow_connections false", name))
        cursor.execute(blocking.read_sql(SQL, "end_sessions"), {"database": name})
    with blocking.session(server, name="recovery") as connection, connection.cursor() as cursor:
        cursor.execute(_name("alter database {} rename to {}", name, aside))
        cursor.execute(_name("alter database {} rename to {}", half, name))


def _new_epoch(database_url: str) -> str:
    with blocking.session(database_url, name="recovery") as connection:
        return str(blocking.rows(connection, blocking.read_sql(SQL, "new_epoch"))[0]["epoch"])


def _reset_redis(database_url: str, redis_url: str) -> tuple[tuple[RememberedBallot, ...], int]:
    with contextlib.closing(redis.Redis.from_url(redis_url)) as client:
        remembered = tuple(_remembered(client))
        lost = _not_held(database_url, remembered)
        keys = [key for pattern in DERIVED for key in client.scan_iter(pattern, count=1000)]
        for start in range(0, len(keys), 1000):
            client.unlink(*keys[start : start + 1000])
    return lost, len(keys)


def _remembered(client: redis.Redis) -> Iterator[RememberedBallot]:
    for key in client.scan_iter("votes:*:voters", count=1000):
        _, kind, market_id, _ = key.decode().split(":")
        for wallet, value in client.hscan_iter(key):
            nonce = value.decode().partition(":")[0]
            yield RememberedBallot(kind, market_id, wallet.decode(), int(nonce))


def _not_held(
    database_url: str, remembered: tuple[RememberedBallot, ...]
) -> tuple[RememberedBallot, ...]:
    columns = {
        "kinds": [each.kind for each in remembered],
        "markets": [each.market_id for each in remembered],
        "wallets": [each.wallet for each in remembered],
        "nonces": [each.nonce for each in remembered],
    }
    with blocking.session(database_url, name="recovery") as connection:
        rows = blocking.rows(connection, blocking.read_sql(SQL, "ballots_held"), columns)
    held = {RememberedBallot(**row) for row in rows}
    return tuple(sorted(set(remembered) - held))


def _beside(database_url: str, database: str) -> str:
    """The same server and login, another database."""
    return make_url(database_url).set(database=database).render_as_string(hide_password=False)


def _admin(server: str, statement: str, *names: str) -> None:
    with _cursor(server) as cursor:
        cursor.execute(_name(statement, *names))


def _name(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


@contextlib.contextmanager
def _cursor(server: str) -> Iterator["psycopg2.extensions.cursor"]:
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        yield cursor
