"""The API as a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

import httpx

from api.settings import ApiSettings
from oddsline.embedded.program import free_port
from oddsline.settings import PREFIX

PASSED_ON = (
    "home", "database_url", "authenticator_url", "service_url", "redis_url", "jwt_key", "domain",
)  # fmt: skip


@asynccontextmanager
async def process(
    settings: ApiSettings, *, log: IO[bytes] | None = None, **more: str
) -> AsyncIterator[str]:
    """`python -m api` with these settings, once it is ready; yields host:port.

    `log` takes what it writes on stderr, `more` are further settings by name.
    """
    where = f"127.0.0.1:{free_port()}"
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    env |= {PREFIX + name.upper(): str(getattr(settings, name)) for name in PASSED_ON}
    env |= {f"{PREFIX}API_PORT": where.partition(":")[2], f"{PREFIX}DRAIN_S": "0"}
    env |= {PREFIX + name.upper(): value for name, value in more.items()}
    started = await asyncio.create_subprocess_exec(sys.executable, "-m", "api", env=env, stderr=log)
    try:
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while not await _lives(client, where):
                assert started.returncode is None, "the process ended by itself"
                await asyncio.sleep(0.05)
        yield where
    finally:
        started.terminate()
        await started.wait()


async def _lives(client: httpx.AsyncClient, where: str) -> bool:
    try:
        return (await client.get(f"http://{where}/livez")).is_success
    except httpx.TransportError:
        return False
