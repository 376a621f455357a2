"""Runs the API under uvicorn: its settings, its drain, its timeouts."""

import asyncio
import gc
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from api import http
from api.application import application, parts
from api.at_once import AtOnce
from api.ready import watch
from api.service import Service
from api.settings import ApiSettings
from api.socket.beats import beat
from api.socket.codes import Close
from api.socket.endpoint import retry_reason
from api.socket.reader import Reader
from api.socket.wire import Wire, check_version
from oddsline import cache, errors, logs, metrics
from oddsline.background import beside

#: Clients of a process that ends come back within this time.
RETURN_SPREAD_MS = 2000

log = structlog.get_logger(__name__)


class DrainingServer(uvicorn.Server):
    """Says "not ready" first, so that balancers look elsewhere, then closes what is open."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then end as uvicorn does."""
        self._service.health.draining = True
        log.info("draining", seconds=self._service.settings.drain_s)
        await asyncio.sleep(self._service.settings.drain_s)
        self._close_sockets()
        await super().shutdown(sockets)

    def _close_sockets(self) -> None:
        """Ask every client to come back, not all of them at once."""
        for member in list(self._service.hub.members):
            spread = random.randint(0, RETURN_SPREAD_MS)  # noqa: S311 spreads clients, guards nothing
            member.end(Close.DRAIN, retry_reason(spread))


def configuration(app: ASGIApp, settings: ApiSettings, quick: http.Quick) -> uvicorn.Config:
    """How uvicorn serves us."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.api_port,
        loop="uvloop",
        http=http.protocol(quick),
        ws=Wire,
        ws_max_size=settings.body_limit_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=60,  # a busy client is no dead client
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # api.addresses decides whom to believe
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
        backlog=4096,
    )


@asynccontextmanager
async def followed(service: Service) -> AsyncIterator[None]:
    """The process's background work: the stream, heartbeats, keys."""
    stream = cache.blocking(service.settings.redis_url, name="api-stream")
    reader = Reader(service.hub, service.database, stream)
    await reader.start()
    heartbeats = beat(service.hub, service.settings.heartbeat_ms)
    try:
        async with beside(reader.run(), heartbeats, service.keys.follow()):
            yield
    finally:
        await stream.aclose()


async def serve(settings: ApiSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    check_version()
    async with parts(settings) as service, followed(service):
        watch(service)
        server = DrainingServer(
            configuration(application(service), settings, AtOnce(service)), service
        )
        gc.freeze()  # what stays for good: no collection between two messages walks it again
        await server.serve()


def run(settings: ApiSettings) -> None:
    """Serve as a process of its own: logs, metrics and error reports on."""
    logs.configure("api", level=settings.log_level)
    metrics.identify("api", settings.release)
    errors.init(settings, "api")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
