"""`python -m ingestion.fold`: keep the marts fresh until told to stop."""

import asyncio
import signal

import uvloop

from ingestion.fold.settings import FoldSettings
from ingestion.fold.worker import Worker
from oddsline import errors, health, logs, metrics, reports
from oddsline.settings import load


async def run(settings: FoldSettings) -> None:
    """Fold, and serve health on ODDSLINE_FOLD_PORT, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    worker = Worker(settings)
    state = health.Health("fold")
    state.check("fold", worker.check)
    async with (
        health.serve(state, settings.host, settings.fold_port),
        reports.reporting(reports.FOLD, settings.dagster_url, worker.figures),
    ):
        await worker.run(stop)


def main() -> None:
    """Read the settings, set up logs and errors, run."""
    settings = load(FoldSettings)
    logs.configure("fold", level=settings.log_level)
    errors.init(settings, "fold")
    metrics.identify("fold", settings.release)
    uvloop.run(run(settings))


if __name__ == "__main__":
    main()
