"""`python -m ingestion`: take webhooks until told to stop."""

import signal
from types import FrameType

import uvicorn

from ingestion.service import build
from ingestion.settings import IngestionSettings
from oddsline import errors, logs, metrics
from oddsline.health import Health
from oddsline.settings import load


class _Server(uvicorn.Server):
    """uvicorn, saying on /readyz that it drains as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, health: Health) -> None:
        super().__init__(config)
        self._health = health

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM or SIGINT."""
        self._health.draining = True
        super().handle_exit(signal.Signals(sig), frame)


def main() -> None:
    """Serve on ODDSLINE_INGESTION_PORT."""
    settings = load(IngestionSettings)
    logs.configure("ingestion", level=settings.log_level)
    errors.init(settings, "ingestion")
    metrics.identify("ingestion", settings.release)
    health = Health("ingestion")
    config = uvicorn.Config(
        build(settings, health),
        host=settings.host,
        port=settings.ingestion_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        backlog=2048,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.drain_seconds,
    )
    _Server(config, health).run()


if __name__ == "__main__":
    main()
