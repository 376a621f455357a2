"""dbt rebuilds a live mart beside the running fold."""

import asyncio
from pathlib import Path

import asyncpg

from oddsline import marts, postgres
from tests.support.events import land, lives
from tests.support.marts import assert_equals_rebuild, fold


async def test_a_full_refresh_beside_the_fold_keeps_rows_readers_and_views(
    connection: asyncpg.Connection, database: str, tmp_path: Path
) -> None:
    """Rows landed and folded during the rebuild are in it; policies, grants and views stand."""
    events = lives(markets=6, trades=300)
    await land(connection, events[:150])
    await fold(connection)
    before = await _around(connection)
    old = await connection.fetchval("select 'marts.positions'::regclass::oid")
    done = asyncio.Event()

    async def keep_folding() -> None:
        writer = await postgres.connect(database, name="test-folder")
        rest = events[150:]
        while not done.is_set() or rest:
            await land(writer, rest[:5])
            rest = rest[5:]
            await fold(writer)
            await asyncio.sleep(0.02)
        await writer.close()

    folding = asyncio.create_task(keep_folding())
    arguments = ("run", "--full-refresh", "--select", "markets", "positions", "trades")
    await asyncio.to_thread(marts.build, database, target=tmp_path, arguments=arguments)
    done.set()
    await folding

    rows = await assert_equals_rebuild(connection)
    assert rows["trades"] == len([e for e in events if e.name.startswith("Shares")])
    assert await connection.fetchval("select 'marts.positions'::regclass::oid") != old
    assert await _around(connection) == before


async def _around(connection: asyncpg.Connection) -> list[tuple[str, ...]]:
    """Policies, grants, indexes, views and comments of the marts, as text."""
    rows = await connection.fetch(
        "select 'policy', tablename, policyname, qual from pg_policies where schemaname = 'marts' "
        "union all select 'grant', table_name, grantee, privilege_type "
        "from information_schema.role_table_grants where table_schema = 'marts' "
        "union all select 'index', tablename, indexname, indexdef from pg_indexes "
        "where schemaname = 'marts' "
        "union all select 'view', viewname, definition, '' from pg_views where schemaname = 'marts' "
        "union all select 'comment', c.relname, d.objsubid::text, d.description "
        "from pg_description as d inner join pg_class as c on c.oid = d.objoid "
        "where c.relnamespace = 'marts'::regnamespace "
        "order by 1, 2, 3, 4"
    )
    return [tuple(map(str, row)) for row in rows]
