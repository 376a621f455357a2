"""`python -m orchestration.watch`: look every few seconds until told to stop; imports no Dagster."""

import asyncio
import signal
import sys
import threading
import time

import psycopg2
import structlog

from oddsline import blocking, errors, health, logs, metrics
from oddsline.settings import SettingsError, load
from orchestration.chain_view import ChainView
from orchestration.delivery.deliver import deliver
from orchestration.settings import OrchestrationSettings
from orchestration.watch import metrics as watched
from orchestration.watch.desk import Desk
from orchestration.watch.look import Watch

SERVICE = "watch"
LOOK_EVERY_S = 5.0
DELIVER_EVERY_S = 1.0
log = structlog.get_logger(__name__)


async def run(settings: OrchestrationSettings) -> None:
    """Watch, and serve health on ODDSLINE_WATCH_PORT, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watch = Watch(settings, ChainView(settings.chain_url, settings.program_id))
    desk, looked = Desk(), [0.0]

    async def fresh() -> None:
        if time.monotonic() - looked[0] > 4 * LOOK_EVERY_S:
            raise RuntimeError("has not looked lately")

    state = health.Health(SERVICE)
    state.check("looking", fresh)
    over = threading.Event()
    # A thread of its own: a target that does not answer must not keep us from looking.
    threading.Thread(target=_keep_delivering, args=(settings, over), daemon=True).start()
    async with health.serve(state, settings.host, settings.watch_port):
        while not stop.is_set():
            if await asyncio.to_thread(_look, watch, desk):
                looked[0] = time.monotonic()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await stop.wait()
            except TimeoutError:
                continue
    over.set()


def _keep_delivering(settings: OrchestrationSettings, over: threading.Event) -> None:
    """What is cut off by the end is sent again by the next watch."""
    while not over.wait(DELIVER_EVERY_S):
        try:
            deliver(settings)
        except psycopg2.Error as error:
            log.warning("database_away", error=str(error))


def _look(watch: Watch, desk: Desk) -> bool:
    try:
        found, judged = watch.look()
        with blocking.session(watch.settings.database_url, name="watch") as connection:
            desk.show(connection)
    except psycopg2.Error as error:
        log.warning("database_away", error=str(error))
        return False
    watched.show(found)
    for rule, symptoms in judged.items():
        watched.SYMPTOMS.labels(rule).set(len(symptoms))
    return True


def main() -> None:
    """Read the settings, then run; exits 1 with one line when it cannot start."""
    try:
        settings = load(OrchestrationSettings)
        logs.configure(SERVICE, level=settings.log_level)
        errors.init(settings, SERVICE)
        metrics.identify(SERVICE, settings.release)
        asyncio.run(run(settings))
    except SettingsError as refused:
        sys.exit(f"{SERVICE}: {refused}")


if __name__ == "__main__":
    main()
