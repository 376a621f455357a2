"""An API on a thread and a loop of its own, for clients that are not coroutines."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from api.application import parts
from api.service import Service
from api.settings import ApiSettings
from oddsline import postgres
from tests.conftest import Servers
from tests.integration.api import rows
from tests.integration.api.sockets import Line, serving
from votes.ballot import Domain


def settings_of(servers: Servers, database: str, redis: int, home: Path) -> ApiSettings:
    """Settings over a database and a Redis of the run, with limits that no test meets."""
    return ApiSettings(
        home=home,
        database_url=servers.postgres_url(database),
        authenticator_url=servers.postgres_url(database, "authenticator"),
        service_url=servers.postgres_url(database, "service"),
        redis_url=servers.redis_url(redis),
        jwt_key="a secret that only this test knows and keeps",
        domain="oddsline.test",
        drain_s=0,
        limit_per_ip=1_000_000,
        limit_auth_per_ip=1_000_000,
        limit_ballots_per_ip=1_000_000,
    )


class Aside:
    """A running API: where it is, and its loop for whoever has to act inside."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._ready: Future[None] = Future()
        self.where = ""
        self.loop: asyncio.AbstractEventLoop
        self.service: Service
        self.owner: asyncpg.Connection
        self._done: asyncio.Event
        self.line: Line  # for whoever tells messages

    async def _serve(self) -> None:
        self.loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        self.owner = await postgres.connect(str(self._settings.database_url), name="test")
        async with parts(self._settings) as self.service:
            chain = Domain(self._settings.domain, rows.address("genesis"), rows.address("p"))
            self.service.ballots._domain = chain
            async with serving(self.service) as self.where:
                self._ready.set_result(None)
                await self._done.wait()
        await self.owner.close()

    def run(self) -> None:
        """Serve until stopped; a failure before that is the starter's."""
        try:
            asyncio.run(self._serve())
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    def wait(self) -> None:
        self._ready.result(60)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._done.set)

    def call(self, work: Callable[["Aside"], Awaitable[Any]]) -> Any:
        """Do something on the API's loop, with its owner's connection."""

        async def wrapped() -> Any:
            return await work(self)

        return asyncio.run_coroutine_threadsafe(wrapped(), self.loop).result(60)


@contextmanager
def served(settings: ApiSettings) -> Iterator[Aside]:
    """The API, serving while the block runs."""
    aside = Aside(settings)
    thread = threading.Thread(target=aside.run, name="api")
    thread.start()
    try:
        aside.wait()
        yield aside
    finally:
        if aside.where:
            aside.stop()
        thread.join()
