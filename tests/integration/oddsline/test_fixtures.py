"""What every other integration test leans on."""

import asyncpg
import psycopg2
import pytest

from oddsline import cache, postgres
from oddsline.migrate import migrate


async def test_a_test_gets_a_migrated_database_of_its_own(connection):
    """The clone has the raw tables and nothing in them."""
    assert await connection.fetchval("select count(*) from raw.events") == 0


async def test_jsonb_travels_as_python_values(connection):
    """Integers up to u64 come back exact, alone and inside arrays."""
    value = {"amount": 2**64 - 1, "none": None, "list": [1, "é"]}

    assert await connection.fetchval("select $1::jsonb", value) == value
    assert await connection.fetchval("select $1::jsonb[]", [value, {}]) == [value, {}]


def test_migrating_twice_changes_nothing(bare_database):
    """The second run finds nothing left to do."""
    migrate(bare_database)
    migrate(bare_database)

    with psycopg2.connect(bare_database) as connection, connection.cursor() as cursor:
        cursor.execute("select version_num from alembic_version")
        assert len(cursor.fetchall()) == 1
    connection.close()


async def test_the_analyst_cannot_write(logins):
    """The analyst's transactions are read-only whatever is granted."""
    connection = await postgres.connect(logins["analyst"], name="test")

    with pytest.raises((asyncpg.ReadOnlySQLTransactionError, asyncpg.InsufficientPrivilegeError)):
        await connection.execute("create table marts.mine (n int)")

    await connection.close()


async def test_the_authenticator_becomes_anon_but_never_service_role(logins):
    """A login for public traffic cannot rise."""
    connection = await postgres.connect(logins["authenticator"], name="test")

    await connection.execute("set role anon")
    await connection.execute("reset role")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("set role service_role")

    await connection.close()


async def test_redis_is_empty_and_ours(redis_url):
    """A test's Redis database holds only what the test wrote."""
    client = cache.commands(redis_url, name="test")

    assert await client.dbsize() == 0
    await client.set("k", "v")
    assert await client.get("k") == b"v"

    await client.aclose()


async def test_a_blocking_read_has_no_deadline_of_its_own(redis_url):
    """XREAD BLOCK waits for the server, not for redis-py's five seconds."""
    client = cache.blocking(redis_url, name="test")

    assert client.connection_pool.connection_kwargs["socket_timeout"] is None
    assert not await client.xread({"nothing": "$"}, block=10)

    await client.aclose()
