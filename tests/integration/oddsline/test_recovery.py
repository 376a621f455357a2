"""A backup is whole and checked; a restore replaces at once, and says what is lost."""

import contextlib
from datetime import UTC, datetime

import psycopg2
import pytest
import redis

from oddsline.embedded.postgres import binaries
from oddsline.recovery.backup import BackupError, Manifest, backup, manifest_path, stand
from oddsline.recovery.commands import rebuild_votes
from oddsline.recovery.restore import RememberedBallot, restore

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PROGRAMS = binaries() / "bin"
MARKET = "ab" * 32
BALLOT = (
    "insert into raw.votes (seq, market_id, market_address, kind, round, wallet, choice, nonce,"
    " issued_at, expires_at, encoding, signed_bytes, signature) select nextval('raw.vote_seq'),"
    " %s, 'address', 'proposal', 'round', %s, 'like', %s, now(), now(), 'raw', 'x', 's'"
)


def _run(url, statement, *values):
    with (
        contextlib.closing(psycopg2.connect(url)) as connection,
        connection,
        connection.cursor() as c,
    ):
        c.execute(statement, values)
        return c.fetchall() if c.description else []


def _event(url, n):
    _run(
        url,
        "select raw.ensure_partitions(1); insert into raw.transactions (slot, signature, version,"
        " source, commitment) values (%s, %s, '0', 'test', 'confirmed'); insert into raw.events"
        ' (seq, program_id, slot, signature, "outer", inner_path, kind, ordinal, position, name,'
        " args, provenance) values (nextval('raw.seq'), 'p', %s, %s, 0, 0, 'log', 0, 0, 'X', '{}',"
        " 'log')",
        n,
        f"sig{n}",
        n,
        f"sig{n}",
    )


@pytest.fixture
def archive(database, tmp_path):
    """A backup with one event and one ballot in it."""
    _event(database, 1)
    _run(database, BALLOT, MARKET, "early", 1)
    return backup(database, tmp_path / "backups", programs=PROGRAMS, now=NOW)


@pytest.fixture
def set_aside(database, servers):
    """Drops the database that a restore put aside."""
    from tests.conftest import admin

    yield
    name = database.rpartition("/")[2]
    admin(servers, f"drop database if exists {name}_before_20261124t120000 with (force)")
    admin(servers, f"drop database if exists {name}_restoring with (force)")


def test_a_manifest_says_what_a_backup_holds(archive, database):
    """Counts, place and epoch of the database it was taken from; nobody else reads it."""
    manifest = Manifest.of(archive)

    assert (manifest.events, manifest.ballots, manifest.last_slot) == (1, 1, 1)
    assert manifest.epoch == stand(database)["epoch"]
    assert archive.stat().st_mode & 0o077 == 0


def test_a_changed_archive_is_refused(archive, database, redis_url):
    """Nothing is touched when the file is not what its manifest describes."""
    with archive.open("ab") as file:
        file.write(b"x")

    with pytest.raises(BackupError, match="sha256"):
        restore(database, redis_url, archive, programs=PROGRAMS, now=NOW)

    assert stand(database)["events"] == 1


@pytest.mark.usefixtures("set_aside")
def test_a_restore_goes_back_mints_an_epoch_and_empties_redis(archive, database, redis_url):
    """Rows written later are gone, the old database is kept aside, streams start anew."""
    _event(database, 2)
    before = stand(database)
    client = redis.Redis.from_url(redis_url)
    client.xadd("oddsline:stream:0", {"b": "{}"}, id="99-0")
    client.set("somebody:else", "1")

    done = restore(database, redis_url, archive, programs=PROGRAMS, now=NOW)

    after = stand(database)
    assert (before["events"], after["events"]) == (2, 1)
    assert done.epoch == after["epoch"] != before["epoch"]
    assert client.keys("*") == [b"somebody:else"]
    aside = database.rpartition("/")[0] + "/" + done.set_aside
    _run(database, "alter database " + done.set_aside + " allow_connections true")
    assert stand(aside)["events"] == 2
    client.close()


@pytest.mark.usefixtures("set_aside")
async def test_ballots_that_only_redis_remembers_are_named(archive, database, redis_url):
    """Nobody else can know of them: the votes cast after the backup."""
    client = redis.Redis.from_url(redis_url)
    client.hset(f"votes:proposal:{MARKET}:voters", mapping={"early": "1:like", "late": "7:like"})

    done = restore(database, redis_url, archive, programs=PROGRAMS, now=NOW)
    await rebuild_votes(database, redis_url)

    assert done.lost_ballots == (RememberedBallot("proposal", MARKET, "late", 7),)
    client.close()


@pytest.mark.usefixtures("set_aside")
def test_a_restore_sends_connected_services_away(archive, database, redis_url):
    """No session of before goes on writing into the database that was put aside."""
    with contextlib.closing(psycopg2.connect(database)) as service:
        restore(database, redis_url, archive, programs=PROGRAMS, now=NOW)

        with pytest.raises(psycopg2.OperationalError), service.cursor() as cursor:
            cursor.execute("select 1")


def test_a_failed_dump_leaves_no_archive(tmp_path):
    """The error is the program's own words."""
    with pytest.raises((BackupError, psycopg2.OperationalError)):
        backup("postgresql://nobody:x@127.0.0.1:1/none", tmp_path, programs=PROGRAMS, now=NOW)

    assert not list(tmp_path.glob("*.dump"))
    assert not manifest_path(tmp_path / "x.dump").exists()
