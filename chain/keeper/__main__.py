"""`python -m chain.keeper`: land intents until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys

import uvloop

from chain.keeper.keeper import Keeper
from chain.keeper.preparation import Tools
from chain.keeper.reader import Reader
from chain.keeper.settings import KeeperSettings
from chain.keeper.signers import SignerMissing
from chain.keeper.store import Store
from chain.keeper.watcher import Watcher
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline import errors, health, logs, metrics, postgres, reports
from oddsline.settings import SettingsError, load

SERVICE = "keeper"


async def run(settings: KeeperSettings) -> None:
    """Keep, and serve health on ODDSLINE_KEEPER_PORT, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    pool = await postgres.open_pool(settings.database_url, name=SERVICE, max_size=8)
    rpc = Rpc(settings.chain_url)
    second = Rpc(settings.second_rpc_url) if settings.second_rpc_url else None
    told = {"in_flight_at_most": settings.keeper_in_flight, "shadow": settings.keeper_shadow}
    state = health.Health(SERVICE)
    state.check("postgres", lambda: pool.fetchval("select 1"))
    state.check("rpc", rpc.get_health)
    async with (
        health.serve(state, settings.host, settings.keeper_port),
        reports.reporting(reports.KEEPER, settings.dagster_url, lambda: told),
    ):
        try:
            await build(settings, pool, rpc, second).run(stop)
        finally:
            await rpc.close()
            if second is not None:
                await second.close()
            pool.terminate()


def build(settings: KeeperSettings, pool: postgres.Pool, rpc: Rpc, second: Rpc | None) -> Keeper:
    """The keeper of these settings on open connections."""
    owner = f"{socket.gethostname()}:{os.getpid()}"
    program = load_program(settings.program_id)
    poll_s, rebroadcast_s = settings.keeper_poll_ms / 1000, settings.keeper_rebroadcast_ms / 1000
    tools = Tools(
        store=Store(pool, owner, settings.keeper_lease_s),
        rpc=rpc,
        reader=Reader(rpc, program),
        final_reader=Reader(rpc, program, "finalized"),
        watcher=Watcher(rpc, second, poll_s=poll_s, rebroadcast_s=rebroadcast_s),
        program=program,
        signers=settings.signers(),
        policy=settings.fee_policy,
        most_signatures=settings.keeper_attempts,
        budget_lock=asyncio.Lock(),
    )
    return Keeper(
        tools,
        in_flight=settings.keeper_in_flight,
        lease_s=settings.keeper_lease_s,
        finality_s=settings.keeper_finality_s,
        low_balance=settings.keeper_low_balance_lamports,
        shadow=settings.keeper_shadow,
    )


def main() -> None:
    """Read the settings, then run; exits 1 with one line when it cannot start."""
    try:
        settings = load(KeeperSettings)
        logs.configure(SERVICE, level=settings.log_level)
        errors.init(settings, SERVICE)
        metrics.identify(SERVICE, settings.release)
        uvloop.run(run(settings))
    except (SettingsError, SignerMissing) as refused:
        sys.exit(f"{SERVICE}: {refused}")


if __name__ == "__main__":
    main()
