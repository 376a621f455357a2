"""Each process reports the error it dies of: once, named, and without secrets."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from solders.keypair import Keypair

from chain.keeper.signers import ROLES
from oddsline.settings import PREFIX
from tests.support.sentry import Tracker, tracker

PASSWORD = "hunter2-of-the-database"
SECRET = "hunter2-of-the-webhook"
#: Process (its name in reports) -> its module, and what in it is the main task's work.
PROCESSES = {
    "ingestion": ("ingestion.__main__", "_Server.run"),
    "fold": ("ingestion.fold.__main__", "run"),
    "api": ("api.server", "serve"),
    "keeper": ("chain.keeper.__main__", "run"),
    "watch": ("orchestration.watch.__main__", "run"),
    "chain": ("chain.local.__main__", "run"),
    "simulator": ("chain.local.simulator.__main__", "run"),
}
#: Runs a process's own `main` whose work meets an error with a connection string in its text.
DIES = """
import functools, importlib, inspect, os, sys

module, _, path = sys.argv[1].partition(":")
*owner, name = path.split(".")

def fails(*_):
    hidden = os.environ["ODDSLINE_DATABASE_URL"]
    raise ConnectionError(f"{hidden} does not answer, nor does ?api-key=" + hidden[-9:])

async def fails_later(*_):
    fails()

place = functools.reduce(getattr, owner, importlib.import_module(module))
is_async = inspect.iscoroutinefunction(getattr(place, name))
setattr(place, name, fails_later if is_async else fails)
importlib.import_module(sys.argv[2]).main()
"""


@pytest.fixture(scope="module")
def sentry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tracker]:
    """What arrived after every process has died, all of them at once."""
    home = tmp_path_factory.mktemp("home")
    with tracker() as kept:
        told = {
            "HOME": str(home),
            "SENTRY_DSN": kept.dsn,
            "RELEASE": "1.2.3",
            "ENVIRONMENT": "proving",
            "DATABASE_URL": f"postgresql://oddsline:{PASSWORD}@127.0.0.1:1/x",
            "AUTHENTICATOR_URL": f"postgresql://authenticator:{PASSWORD}@127.0.0.1:1/x",
            "SERVICE_URL": f"postgresql://service:{PASSWORD}@127.0.0.1:1/x",
            "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:1/0",
            "PROGRAM_ID": str(Keypair().pubkey()),
            "RPC_URL": "http://127.0.0.1:1",
            "HELIUS_AUTH": SECRET,
            **{f"KEYPAIR_{role.upper()}": str(home / f"{role}.json") for role in ROLES},
        }
        env = os.environ | {PREFIX + name: value for name, value in told.items()}
        commands = [
            [sys.executable, "-c", DIES, f"{module}:{path}", _entry(module)]
            for module, path in PROCESSES.values()
        ]
        dying = [
            subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
            for command in commands
        ]
        said = [one.communicate(timeout=120)[1] for one in dying]
        assert [one.returncode for one in dying] == [1] * len(dying), said
        yield kept


def _entry(module: str) -> str:
    return "api.__main__" if module == "api.server" else module


@pytest.mark.parametrize("process", PROCESSES)
def test_a_crash_is_reported_once_by_name_and_without_secrets(sentry: Tracker, process: str):
    """Release, environment and process are told; passwords are not, wherever they stood."""
    (event,) = (e for e in sentry.events if e["server_name"] == process)
    (value,) = event["exception"]["values"]

    assert value["type"] == "ConnectionError"
    assert "127.0.0.1:1/x does not answer" in value["value"]
    assert (event["release"], event["environment"]) == ("1.2.3", "proving")
    assert event["tags"]["service"] == process
    assert not any(PASSWORD in raw or SECRET in raw for raw in sentry.raw)


def test_every_process_of_the_line_is_tested():
    """A module that the supervisor starts is one of those above."""
    from oddsline.supervisor.plan import MODULES

    started = {f"{module}.__main__" for module in MODULES.values()}
    assert started == {_entry(module) for module, _ in PROCESSES.values()}


#: A supervisor whose only process is killed by what kills the greedy.
KILLED = """
import asyncio, pathlib, sys

from oddsline import errors
from oddsline.embedded.program import Program
from oddsline.settings import load
from oddsline.supervisor.spec import Spec, Stage
from oddsline.supervisor.supervisor import Supervisor

async def main():
    script = "import os, time; print(os.environ['ODDSLINE_DATABASE_URL'], flush=True); time.sleep(60)"
    spec = Spec("greedy", lambda: Program([sys.executable, "-c", script]), grace=2)
    supervisor = Supervisor([Stage((spec,))], pathlib.Path(sys.argv[1]))
    await supervisor.start()
    while "postgresql" not in supervisor.processes["greedy"].log_tail():
        await asyncio.sleep(0.05)
    supervisor.processes["greedy"].kill()
    while not supervisor.processes["greedy"].restarts:
        await asyncio.sleep(0.05)
    await supervisor.stop()

errors.init(load(), "supervisor")
asyncio.run(main())
"""


def test_a_killed_process_is_reported_by_its_supervisor(tmp_path):
    """It could not say so itself; the end of its log goes along, without the password in it."""
    with tracker() as kept:
        told = {
            "SENTRY_DSN": kept.dsn,
            "DATABASE_URL": f"postgresql://oddsline:{PASSWORD}@127.0.0.1:1/x",
            "REDIS_URL": "redis://127.0.0.1:1/0",
        }
        env = os.environ | {PREFIX + name: value for name, value in told.items()}
        subprocess.run([sys.executable, "-c", KILLED, tmp_path], env=env, timeout=60, check=True)

    (event,) = kept.events
    assert event["exception"]["values"][0]["type"] == "ProcessKilled"
    assert "SIGKILL" in event["exception"]["values"][0]["value"]
    assert (event["server_name"], event["tags"]["process"]) == ("supervisor", "greedy")
    assert "postgresql://" in event["extra"]["stack"]
    assert PASSWORD not in "".join(kept.raw)
