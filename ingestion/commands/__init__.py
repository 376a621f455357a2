"""`./oddsline …`: what operators do about intake by hand, a file for each command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from oddsline import postgres
from oddsline.settings import Settings, load

T = TypeVar("T")


def with_pool(work: Callable[[asyncpg.Pool], Awaitable[T]]) -> T:
    """Run one piece of asynchronous work on the configured database."""

    async def run() -> T:
        pool = await postgres.open_pool(load(Settings).database_url, name="command", max_size=2)
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(run())
