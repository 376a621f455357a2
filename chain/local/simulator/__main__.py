"""`python -m chain.local.simulator`: life on a local chain until SIGTERM."""

import asyncio
import signal
import sys
from random import Random

import httpx2

from chain.local.client import Client
from chain.local.genesis import answering
from chain.local.roles import Roles, kept_wallets
from chain.local.simulator.choice import Pace
from chain.local.simulator.people import People, live
from chain.local.simulator.settings import SimulatorSettings
from chain.program.interface import load_program
from chain.rpc import Rpc
from chain.rpc_errors import RpcError
from oddsline import errors, logs
from oddsline.settings import SettingsError, load

SERVICE = "simulator"


async def run(settings: SimulatorSettings) -> None:
    """Live until SIGTERM or Ctrl-C."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    headers = {"X-API-Key": settings.service_key} if settings.service_key else {}
    async with (
        Rpc(settings.chain_url) as rpc,
        httpx2.AsyncClient(base_url=settings.api_url, headers=headers, timeout=5) as api,
    ):
        await answering(rpc)
        client = Client(rpc, load_program(settings.program_id))
        pace = Pace(
            settings.simulator_markets,
            settings.simulator_life,
            (await client.config()).dispute_period,
            settings.simulator_grace,
        )
        names = [f"wallet-{number}" for number in range(settings.simulator_wallets)]
        wallets = kept_wallets(settings.home, names)
        dice = Random()  # noqa: S311 a game
        people = People(client, Roles.of(settings), wallets, pace, dice=dice, api=api)
        await live(people, rate=settings.simulator_rate, stop=stop)


def main() -> None:
    """Read the settings, then run; exits 1 with one line when it cannot start."""
    try:
        settings = load(SimulatorSettings)
        logs.configure(SERVICE, level=settings.log_level)
        errors.init(settings, SERVICE)
        asyncio.run(run(settings))
    except (SettingsError, RpcError, LookupError) as refused:
        sys.exit(f"{SERVICE}: {refused}")


if __name__ == "__main__":
    main()
