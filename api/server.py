"""Runs the API under uvicorn: its settings, its drain, its timeouts."""

import asyncio
import socket

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from api.application import application, parts
from api.ready import watch
from api.service import Service
from api.settings import ApiSettings
from oddsline import errors, logs, metrics

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
        await super().shutdown(sockets)


def configuration(app: ASGIApp, settings: ApiSettings) -> uvicorn.Config:
    """How uvicorn serves us."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.api_port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # api.addresses decides whom to believe
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
        backlog=4096,
    )


async def serve(settings: ApiSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    async with parts(settings) as service:
        watch(service)
        app = application(service)
        follower = asyncio.create_task(service.keys.follow(), name="keys")
        try:
            await DrainingServer(configuration(app, settings), service).serve()
        finally:
            follower.cancel()


def run(settings: ApiSettings) -> None:
    """Serve as a process of its own: logs, metrics and error reports on."""
    logs.configure("api", level=settings.log_level)
    metrics.identify("api", settings.release)
    errors.init(settings, "api")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings))
