"""`oddsline up`: the whole line in the foreground, until Ctrl-C."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console

from oddsline import errors
from oddsline.settings import Settings, SettingsError, read
from oddsline.supervisor.config import ALL, SERVERS, from_environment
from oddsline.supervisor.plan import Plan
from oddsline.supervisor.supervisor import PortTakenError, Supervisor
from oddsline.supervisor.table import table


class AlreadyRunningError(Exception):
    """Another `up` holds this folder."""


def main(without: tuple[str, ...] = ()) -> int:
    """Run the line that the environment describes; returns the exit code."""
    console = Console(highlight=False)
    config = from_environment(name for name in ALL if name not in without)
    try:
        with only_one(config.home):
            return asyncio.run(_run(Plan(config), console))
    except (PortTakenError, AlreadyRunningError, SettingsError, TimeoutError) as refused:
        console.print(f"[red]{refused}[/]")
        return 1


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the folder: two lines on one data folder would tear it.

    Raises:
        AlreadyRunningError: names the pid that holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)  # PostgreSQL's user passes through; secrets below have modes of their own
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise AlreadyRunningError(
                f"a line already runs from {home} (pid {lock.read().strip()}); "
                "stop it, or set ODDSLINE_HOME to another folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


async def _run(plan: Plan, console: Console) -> int:
    home = plan.config.home
    line_env = plan.write_line_env()
    errors.init(read(Settings, plan.environment), "supervisor")
    supervisor = Supervisor(
        plan.stages(),
        home / "logs",
        say=lambda text: console.print(f"[yellow]{text}[/]"),
        port=plan.config.ports["supervisor"],
    )
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    if not await _unless(asked, supervisor.start()):
        console.print("stopping …")
        await supervisor.stop()
        return 0
    console.print(table(supervisor.processes.values(), line_env, home / "logs"))
    anew = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, anew.set)
    await asyncio.gather(
        _follow(supervisor, asked, console, line_env), _restart_when(anew, asked, supervisor)
    )
    console.print("stopping …")
    await supervisor.stop()
    console.print("stopped; `make up` again keeps all data")
    return 0


async def _unless(asked: asyncio.Event, work: Coroutine[None, None, None]) -> bool:
    """Do the work unless the person asks to stop first; true when it was done."""
    doing = asyncio.create_task(work)
    stop = asyncio.create_task(asked.wait())
    await asyncio.wait({doing, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not doing.done():
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        return False
    doing.result()
    return True


async def _follow(
    supervisor: Supervisor, asked: asyncio.Event, console: Console, line_env: Path
) -> None:
    """Wait for Ctrl-C; show the table once more when the slow ones (Dagster) are well too."""
    shown = supervisor.is_well
    while not asked.is_set():
        try:
            await asyncio.wait_for(asked.wait(), 0.5)
        except TimeoutError:
            if not shown and supervisor.is_well:
                shown = True
                console.print(table(supervisor.processes.values(), line_env, supervisor.logs))


async def _restart_when(anew: asyncio.Event, asked: asyncio.Event, supervisor: Supervisor) -> None:
    """On SIGHUP (after a restore) start everything anew that remembers what the database said."""
    services = [name for name in supervisor.processes if name not in SERVERS]
    while not asked.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(anew.wait(), 0.5)
            anew.clear()
            supervisor.say("starting the services anew")
            await supervisor.restart(services)
