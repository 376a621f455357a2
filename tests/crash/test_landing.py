"""Holders that stop, commits that dawdle, processes that die, disks that fill: no event is lost.

In each test: everything acknowledged is there afterwards, and nothing is half there.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from oddsline import postgres
from tests.support.intake import SLOW_COMMITS, Intake, Traffic, assert_sound, intake, until

pytestmark = pytest.mark.slow

#: A client that takes the landing lock in a transaction and thinks, with the limit of our sessions
#: shortened.
HOLDER = """
import asyncio, sys
from oddsline import postgres

async def main():
    limit = {"idle_in_transaction_session_timeout": "1500ms"}
    connection = await postgres.connect(sys.argv[1], name="holder", **limit)
    await connection.execute("begin")
    await connection.execute("select pg_advisory_xact_lock(7101)")
    print("held", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""

COMMITTING = """
select pid from pg_stat_activity
where application_name = 'oddsline-landing' and wait_event = 'PgSleep'
    and datname = current_database()
"""

WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"


@pytest.fixture
async def owner(bare_database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await postgres.connect(bare_database, name="test")
    yield opened
    await opened.close()


async def committing(owner: asyncpg.Connection) -> int:
    """The backend of a landing that is in the middle of its commit, once there is one."""
    return int(await until(lambda: owner.fetchval(COMMITTING)))


async def stopped_committing(owner: asyncpg.Connection) -> int:
    """A backend stopped in mid commit: one that was through before the signal came goes on."""
    async with asyncio.timeout(60):
        while True:
            backend = await committing(owner)
            os.kill(backend, signal.SIGSTOP)
            if backend in {row["pid"] for row in await owner.fetch(COMMITTING)}:
                return backend
            os.kill(backend, signal.SIGCONT)


async def refuses(one: Intake) -> bool:
    """Whether it takes no new connection."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", int(one.url.rpartition(":")[2]))
    except OSError:
        return True
    writer.close()
    return False


def state_of(pid: int) -> str:
    """A process's state as the kernel names it: T = stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


async def test_a_stopped_client_that_holds_the_lock_is_put_out(
    bare_database: str, owner: asyncpg.Connection
) -> None:
    """Deliveries are told to come back meanwhile; the session's own limit frees the lock."""
    async with intake(bare_database, lock_timeout_ms=200, land_seconds=0.9) as one:
        traffic = Traffic(one.url)
        holder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLDER, bare_database, stdout=asyncio.subprocess.PIPE
        )
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        holder.send_signal(signal.SIGSTOP)
        async with traffic.flowing():
            await traffic.is_refused(1)
            await traffic.acknowledges(50)
        assert state_of(holder.pid) == "T"
        await assert_sound(owner, traffic.acknowledged)
        await traffic.resend()
        assert await assert_sound(owner, traffic.acknowledged) == len(traffic.acknowledged)
    holder.kill()
    await holder.wait()

    assert 500 not in traffic.statuses
    assert all(int(seconds) >= 1 for seconds in traffic.retry_after)


async def test_a_backend_stopped_in_mid_commit_costs_time_and_nothing_else(
    bare_database: str, owner: asyncpg.Connection
) -> None:
    """Everybody else gives up in time; when it wakes, its rows are there whole or not at all."""
    await owner.execute(SLOW_COMMITS.format(seconds=0.02))
    async with intake(bare_database, lock_timeout_ms=200, land_seconds=0.9) as one:
        traffic = Traffic(one.url)
        async with traffic.flowing():
            await traffic.acknowledges(20)
            backend = await stopped_committing(owner)
            try:
                await traffic.is_refused(3)
                assert state_of(backend) == "T"
            finally:
                os.kill(backend, signal.SIGCONT)
            await traffic.acknowledges(20)
        await assert_sound(owner, traffic.acknowledged)
        await traffic.resend()
        assert await assert_sound(owner, traffic.acknowledged) == len(traffic.acknowledged)
    assert 500 not in traffic.statuses


async def test_a_stopped_ingestion_process_holds_nobody_up(
    bare_database: str, owner: asyncpg.Connection
) -> None:
    """A landing is one round trip, so its replica can be frozen at any moment."""
    await owner.execute(SLOW_COMMITS.format(seconds=0.02))
    async with intake(bare_database) as frozen, intake(bare_database) as other:
        behind, before = Traffic(frozen.url), Traffic(other.url)
        async with behind.flowing():
            await committing(owner)
            frozen.signal(signal.SIGSTOP)
            async with before.flowing():
                await before.acknowledges(100)
            frozen.signal(signal.SIGCONT)
            await behind.acknowledges(20)
        await assert_sound(owner, behind.acknowledged | before.acknowledged)
    assert 500 not in before.statuses


async def test_kill_nine_in_mid_commit_loses_nothing_that_was_acknowledged(
    bare_database: str, owner: asyncpg.Connection
) -> None:
    """Five kills, each while a backend is in the middle of a commit for the victim."""
    await owner.execute(SLOW_COMMITS.format(seconds=0.02))
    async with intake(bare_database) as one:
        traffic = Traffic(one.url)
        async with traffic.flowing():
            for _ in range(5):
                await traffic.acknowledges(20)
                await committing(owner)
                await one.kill()
                await assert_sound(owner, traffic.acknowledged)
                await one.start()
            await traffic.acknowledges(20)
        await assert_sound(owner, traffic.acknowledged)
        assert traffic.unanswered
        await traffic.resend()
        assert await assert_sound(owner, traffic.acknowledged) == len(traffic.acknowledged)


async def test_a_delivery_under_way_is_answered_before_a_drain_ends(
    bare_database: str, owner: asyncpg.Connection
) -> None:
    """SIGTERM: no new connection, those under way get their answer, then it ends."""
    async with intake(bare_database, lock_timeout_ms=20_000, land_seconds=20) as one:
        traffic = Traffic(one.url)
        async with owner.transaction():
            await owner.execute("select pg_advisory_xact_lock(7101)")
            async with traffic.flowing(senders=2):
                await until(lambda: owner.fetchval(WAITING))
                one.signal(signal.SIGTERM)
                await until(lambda: refuses(one))
                assert one.process is not None
                assert one.process.returncode is None
                await owner.execute("commit")
                # uvicorn ends, once all is done, by the signal that it was told to end by.
                assert await one.ended() == -signal.SIGTERM
            await owner.execute("begin")
    assert len(traffic.acknowledged) >= traffic.size
    await assert_sound(owner, traffic.acknowledged)
