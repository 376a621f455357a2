"""`oddsline up` as a person meets it: it starts, says what is wrong, stops, and keeps the data."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg2
import pytest
from dotenv import dotenv_values

from oddsline.embedded.program import free_port
from oddsline.supervisor.config import PORTS, LineConfig
from oddsline.supervisor.plan import Plan
from oddsline.supervisor.up import AlreadyRunningError, only_one

pytestmark = pytest.mark.slow

WITHOUT = ("definitions", "live", "dagster", "daemon", "simulator", "keeper", "fold", "ingestion")
COMMAND = [sys.executable, "-m", "oddsline.cli", "up"]


@pytest.fixture
def home(tmp_path_factory) -> Iterator[Path]:
    """A folder as a newcomer's checkout would make it, reachable or not by PostgreSQL's user."""
    folder = tmp_path_factory.mktemp("home")
    yield folder
    ports = dict.fromkeys(PORTS, 0)
    Plan(LineConfig(folder, ports)).postgres.delete()


@pytest.fixture
def environment_of_up(home) -> dict[str, str]:
    """The settings a person would export to have other ports."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ODDSLINE_")}
    ports = {f"ODDSLINE_{name.upper()}": str(free_port()) for name in PORTS.values()}
    return clean | ports | {"ODDSLINE_HOME": str(home)}


@contextmanager
def up(environment: dict[str, str], *without: str) -> Iterator[subprocess.Popen[str]]:
    """The command, stopped like by Ctrl-C afterwards."""
    arguments = [part for name in (*WITHOUT, *without) for part in ("--without", name)]
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Its output up to a line with `text`."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} never came:\n{seen}")


def test_it_starts_stops_by_ctrl_c_and_keeps_all_data(home, environment_of_up):
    """The table names each process, secrets stay private, a second start finds the first's rows."""
    with up(environment_of_up) as first:
        shown = read_until(first, "logs:")
        line = dotenv_values(home / "line.env")
        answer = httpx.get(
            f"http://127.0.0.1:{environment_of_up['ODDSLINE_API_PORT']}/livez", trust_env=False
        )
        _secrets_are_private(home)
        _run(line, "insert into ops.holds (market_id, reason, rule) values ('m', 'r', 'operator')")
        first.send_signal(signal.SIGINT)
        read_until(first, "keeps all data")
        assert first.wait(30) == 0
    ended = [
        _refuses(int(environment_of_up[f"ODDSLINE_{PORTS[name].upper()}"]))
        for name in ("postgres", "valkey", "api", "chain")
    ]

    with up(environment_of_up, "api") as second:
        read_until(second, "logs:")
        kept = _run(line, "select market_id from ops.holds")

    assert all(name in shown for name in ("postgres", "valkey", "chain", "api", "ready"))
    assert answer.status_code == 200
    assert all(ended)
    assert kept == [("m",)]


def test_a_taken_port_is_named_with_the_setting_that_moves_it(environment_of_up):
    """Exit code 1 and one sentence, nothing half started."""
    port = int(environment_of_up["ODDSLINE_API_PORT"])
    with socket.create_server(("127.0.0.1", port)), up(environment_of_up) as process:
        said = read_until(process, "ODDSLINE_API_PORT")
        assert process.wait(60) == 1

    assert environment_of_up["ODDSLINE_API_PORT"] in said
    assert _refuses(int(environment_of_up["ODDSLINE_POSTGRES_PORT"]))


def test_two_lines_do_not_share_a_folder(tmp_path):
    """The second is told who holds it."""
    with (
        only_one(tmp_path),
        pytest.raises(AlreadyRunningError, match=rf"pid {os.getpid()}.*ODDSLINE_HOME"),
        only_one(tmp_path),
    ):
        pass


def test_a_server_of_ones_own_replaces_the_embedded_one(database, logins, environment_of_up):
    """With ODDSLINE_DATABASE_URL set, no PostgreSQL is started and that database is used."""
    own = {"ODDSLINE_DATABASE_URL": database, "ODDSLINE_AUTHENTICATOR_URL": logins["authenticator"]}
    own |= {"ODDSLINE_SERVICE_URL": logins["service"]}
    with up(environment_of_up | own, "chain") as process:
        shown = read_until(process, "logs:")
        ready = httpx.get(
            f"http://127.0.0.1:{environment_of_up['ODDSLINE_API_PORT']}/livez", trust_env=False
        )

    assert "postgres " not in shown.replace("postgresql", "")
    assert ready.status_code == 200


def _secrets_are_private(home: Path) -> None:
    """Readable by their owner only, and not in the process list."""
    secret = json.loads((home / "keys" / "secrets.json").read_text())["owner"]
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert secret not in listed.stdout
    for path in [home / "line.env", *(home / "keys").iterdir()]:
        assert path.stat().st_mode & 0o077 == 0, path


def _run(line: dict[str, str | None], statement: str) -> list[tuple[str]]:
    with (
        psycopg2.connect(line["ODDSLINE_DATABASE_URL"]) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        found = cursor.fetchall() if cursor.description else []
    connection.close()
    return found


def _refuses(port: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return True
        time.sleep(0.05)
    return False
