"""PostgreSQL dies, restarts and runs out of disk while deliveries come in: no event is lost."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from oddsline import postgres
from oddsline import template as template_cluster
from oddsline.embedded.postgres import EmbeddedPostgres, PostgresError
from oddsline.embedded.program import free_port
from oddsline.supervisor.identity import identity
from tests.support.intake import Traffic, assert_sound, intake, until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("template")]

DISK_MB = 160  # a cluster is 50 MB, WAL may take the rest
LANDING = "select pid from pg_stat_activity where application_name = 'oddsline-landing' limit 1"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place that the server's own user can reach."""
    made = Path(tempfile.mkdtemp(prefix="oddsline-crash-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def disk(folder: Path) -> Iterator[Path]:
    """A small disk of its own."""
    size = f"size={DISK_MB}m,mode=711"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "oddsline", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def served(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A migrated server of its own, as durable as a real one."""
    made = template_cluster.ensure()
    server = EmbeddedPostgres(folder / "postgres", free_port(), identity(made).owner)
    server.folder.mkdir()
    template_cluster.copy_cluster(made, server)
    server.start()
    yield server
    server.stop()
    server.delete()


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    yield from served(folder)


@pytest.fixture
def small_server(disk: Path) -> Iterator[EmbeddedPostgres]:
    yield from served(disk)


async def sound(server: EmbeddedPostgres, traffic: Traffic) -> int:
    """Look with a connection of the moment: servers come and go."""
    connection = await postgres.connect(server.url(), name="test")
    try:
        return await assert_sound(connection, traffic.acknowledged)
    finally:
        await connection.close()


async def landing_backend(server: EmbeddedPostgres) -> int:
    connection = await postgres.connect(server.url(), name="test")
    try:
        return int(await connection.fetchval(LANDING))
    finally:
        await connection.close()


async def started_again(server: EmbeddedPostgres) -> None:
    """Start what is dead, beside the senders; its last backends may still be on their way out."""
    assert server.process is not None
    await asyncio.to_thread(server.process.wait, 30)

    async def start() -> bool:
        try:
            await asyncio.to_thread(server.start)
        except PostgresError:
            return False
        return True

    await until(start)


async def test_a_server_that_is_killed_and_restarted_loses_nothing(
    server: EmbeddedPostgres,
) -> None:
    """A backend killed (all sessions end), an immediate shutdown, kill -9 of the postmaster."""
    assert server.process is not None
    async with intake(server.url(), land_seconds=2) as one:
        traffic = Traffic(one.url)
        async with traffic.flowing():
            await traffic.acknowledges(50)
            os.kill(await landing_backend(server), signal.SIGKILL)
            await traffic.is_refused(1)
            await traffic.acknowledges(50)
            for ending in (signal.SIGQUIT, signal.SIGKILL):
                server.process.send_signal(ending)
                await traffic.is_refused(1)
                await started_again(server)
                await traffic.acknowledges(50)
                await sound(server, traffic)
        await traffic.resend()
        assert await sound(server, traffic) == len(traffic.acknowledged)
        assert one.process is not None
        assert one.process.returncode is None
    assert 500 not in traffic.statuses
    assert all(int(seconds) >= 1 for seconds in traffic.retry_after)


async def panicked(server: EmbeddedPostgres) -> bool:
    """Ask for a new segment of the log; whether the server has ended of it."""
    with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await postgres.connect(server.url(), name="test")
        await connection.execute(
            "select pg_logical_emit_message(false, 'test', 'x'); select pg_switch_wal()"
        )
        await connection.close()
    return server.process is not None and server.process.poll() is not None


async def test_a_full_disk_refuses_deliveries_and_loses_nothing(
    small_server: EmbeddedPostgres, disk: Path
) -> None:
    """503 while no row can be written, and when the log cannot be either: then the server panics."""
    server, ballast = small_server, disk / "ballast"
    async with intake(server.url(), land_seconds=2) as one:
        traffic = Traffic(one.url, size=20)
        async with traffic.flowing():
            await traffic.acknowledges(100)
            fill(ballast, leave=1_000_000)
            await traffic.is_refused(20)
            ballast.unlink()
            await traffic.acknowledges(100)
            fill(ballast, leave=1_000_000)
            await until(lambda: panicked(server))
            await traffic.is_refused(4)
            ballast.unlink()
            await started_again(server)
            await traffic.acknowledges(100)
        await sound(server, traffic)
        await traffic.resend()
        assert await sound(server, traffic) == len(traffic.acknowledged)

    assert 500 not in traffic.statuses
    told = server.log.read_text()
    assert "ERROR:  could not extend file" in told
    assert "PANIC:  could not write to file" in told


def fill(ballast: Path, *, leave: int) -> None:
    """Take all room on a disk but so many bytes."""
    free = shutil.disk_usage(ballast.parent).free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free - leave, 4096))


async def test_an_unreadable_server_is_told_from_unreadable_rows(
    server: EmbeddedPostgres,
) -> None:
    """Read-only, as a primary is that others took over from: 503, and nothing in quarantine."""
    async with intake(server.url()) as one:
        traffic = Traffic(one.url)
        connection = await postgres.connect(server.url(), name="test")
        await connection.execute("alter database oddsline set default_transaction_read_only = on")
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            " and application_name like 'oddsline-%'"
        )
        async with traffic.flowing():
            await traffic.is_refused(3)
        await connection.execute("set default_transaction_read_only = off")
        await connection.execute("alter database oddsline set default_transaction_read_only = off")
        await traffic.resend()
        assert await assert_sound(connection, traffic.acknowledged) == len(traffic.acknowledged)
        assert await connection.fetchval("select count(*) from raw.deliveries") == 0
        await connection.close()
