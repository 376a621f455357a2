"""`python -m chain.local`: run the local chain until SIGTERM."""

import asyncio
import signal
import sys

import structlog
import uvloop

from chain.local.service import PortTaken, running
from chain.local.settings import ChainSettings
from oddsline import errors, logs, metrics
from oddsline.settings import SettingsError, load

SERVICE = "chain"


async def run(settings: ChainSettings) -> None:
    """Serve until SIGTERM or Ctrl-C, or until the chain itself cannot go on."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    stop = asyncio.create_task(told.wait())
    async with running(settings) as node:
        structlog.get_logger().info("chain_ready", port=node.port)
        await asyncio.wait([node.serving, stop], return_when=asyncio.FIRST_COMPLETED)


def main() -> None:
    """Read the settings, then run; exits 1 with one line when it cannot start."""
    try:
        settings = load(ChainSettings)
        logs.configure(SERVICE, level=settings.log_level)
        errors.init(settings, SERVICE)
        metrics.identify(SERVICE, settings.release)
        uvloop.run(run(settings))
    except (SettingsError, PortTaken) as refused:
        sys.exit(f"{SERVICE}: {refused}")


if __name__ == "__main__":
    main()
