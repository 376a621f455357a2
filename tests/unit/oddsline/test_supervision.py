"""The supervisor restarts what dies, names what it cannot have, and stops all in order."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from oddsline.embedded.program import Program, free_port
from oddsline.supervisor.process import BACKOFF, State, backoff
from oddsline.supervisor.spec import Spec, Stage, port_probe
from oddsline.supervisor.supervisor import PortTakenError, Supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


def _spec(name: str, argv: list[str] = SLEEPER, **more: object) -> Spec:
    return Spec(name, lambda: Program(argv), grace=2, **more)  # type: ignore[arg-type]


def _supervisor(tmp_path: Path, *stages: Stage, said: list[str] | None = None) -> Supervisor:
    said = [] if said is None else said
    return Supervisor(stages, tmp_path / "logs", say=said.append, patience=10)


def _alive(pid: int) -> bool:
    """Runs still; one that ended and waits for init to collect it does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 it is another process that we wait for
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("deaths", "seconds"), [(1, BACKOFF[0]), (2, BACKOFF[1]), (99, BACKOFF[-1])]
)
def test_each_death_in_a_row_waits_longer_up_to_a_limit(deaths, seconds):
    """Backoff grows and stays at its last step."""
    assert backoff(deaths) == seconds


async def test_a_killed_process_is_restarted_and_said_so(tmp_path):
    """kill -9: a new pid, one sentence that names process and signal."""
    said: list[str] = []
    supervisor = _supervisor(tmp_path, Stage((_spec("worker"),)), said=said)
    await supervisor.start()
    worker = supervisor.processes["worker"]

    before = worker.kill()
    await worker.wait_ready(10)

    assert worker.pid not in (None, before)
    assert worker.restarts == 1
    assert any("worker was killed by SIGKILL" in text for text in said)
    await supervisor.stop()


async def test_stopping_leaves_nothing_running(tmp_path):
    """Last started stops first; a child of a child goes too."""
    code = (
        "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True);"
        "time.sleep(600)"
    )
    parent = [sys.executable, "-c", code]
    supervisor = _supervisor(tmp_path, Stage((_spec("a"),)), Stage((_spec("b", parent),)))
    await supervisor.start()
    log = tmp_path / "logs" / "b.log"
    await _until(lambda: bool(log.read_text().strip()))
    pids = [each.pid for each in supervisor.processes.values()] + [int(log.read_text())]

    await supervisor.stop()

    assert not any(_alive(pid) for pid in pids if pid)
    assert {each.state for each in supervisor.processes.values()} == {State.STOPPED}


async def test_a_process_that_ignores_the_request_is_killed(tmp_path):
    """Its grace over, it goes anyway."""
    supervisor = _supervisor(tmp_path, Stage((_spec("stubborn", STUBBORN),)))
    await supervisor.start()
    pid = supervisor.processes["stubborn"].pid
    await _until(lambda: "up" in (tmp_path / "logs" / "stubborn.log").read_text())

    await supervisor.stop()

    assert pid is not None
    assert not _alive(pid)


async def test_a_taken_port_is_named_with_its_setting(tmp_path, monkeypatch):
    """Nothing is started, the message says what to do."""
    monkeypatch.setattr("oddsline.supervisor.supervisor._PORT_PATIENCE", 0)
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        spec = _spec("api", port=port, setting="ODDSLINE_API_PORT")
        supervisor = _supervisor(tmp_path, Stage((spec,)))

        with pytest.raises(
            PortTakenError, match=rf"port {port} is taken, api .* ODDSLINE_API_PORT"
        ):
            await supervisor.start()

    assert supervisor.processes == {}


async def test_a_process_that_never_gets_well_stops_the_start(tmp_path):
    """The error carries the end of its log, and what was started is gone again."""
    port = free_port()
    crash = [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"]
    crashing = _spec("fold", crash, probe=port_probe("127.0.0.1", port))
    supervisor = _supervisor(tmp_path, Stage((_spec("db"), crashing)))
    supervisor.patience = 1.5

    with pytest.raises(TimeoutError, match=r"fold is not ready(.|\n)*no such table"):
        await supervisor.start()

    assert {each.pid for each in supervisor.processes.values()} == {None}


async def test_stages_wait_for_the_one_before(tmp_path):
    """What a stage ends with runs once its processes are well, before the next stage starts."""
    seen: list[set[str]] = []

    async def look() -> None:
        seen.append(set(supervisor.processes))

    supervisor = _supervisor(
        tmp_path,
        Stage((_spec("first"),), then=(("look", look),)),
        Stage((_spec("second"),)),
    )
    await supervisor.start()

    assert seen == [{"first"}]
    assert set(supervisor.processes) == {"first", "second"}
    await supervisor.stop()


@pytest.mark.parametrize("born", ["SIG_DFL", "SIG_IGN"])
def test_children_end_with_a_supervisor_that_was_killed(tmp_path, born):
    """kill -9 of the supervisor leaves no orphan behind (Linux), whatever it was born ignoring."""
    code = (
        f"import signal; signal.signal(signal.SIGTERM, signal.{born});"
        "import sys, time; from pathlib import Path; from oddsline.embedded.program import Program;"
        f"p = Program({SLEEPER!r}).start(Path({str(tmp_path / 'log')!r})); print(p.pid, flush=True);"
        "time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.stdout.close()

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    asyncio.run(_until(lambda: not _alive(child)))


async def test_its_metrics_say_who_is_well_who_died_and_what_each_costs(tmp_path):
    """By process, servers of others included; /readyz names the one that is down."""
    port = free_port()
    stage = Stage((_spec("one"), _spec("two")))
    supervisor = Supervisor([stage], tmp_path / "logs", say=lambda _: None, port=port)
    await supervisor.start()
    try:
        await _until(lambda: supervisor.is_well)
        said = await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/metrics")
        supervisor.processes["two"].kill()
        await _until(lambda: supervisor.processes["two"].restarts == 1)
        after = await asyncio.to_thread(_get, f"http://127.0.0.1:{port}/metrics")
    finally:
        await supervisor.stop()

    assert said['oddsline_supervisor_process_up{process="one"}'] == 1
    assert said['oddsline_supervisor_memory_bytes{process="one"}'] > 1_000_000
    assert said['oddsline_supervisor_cpu_seconds_total{process="one"}'] >= 0
    assert said['oddsline_supervisor_restarts_total{process="two"}'] == 0
    assert after['oddsline_supervisor_restarts_total{process="two"}'] == 1


async def test_a_taken_port_of_its_own_is_named(tmp_path):
    """With the setting that chooses another; nothing was started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        supervisor = Supervisor([Stage((_spec("one"),))], tmp_path, say=lambda _: None, port=port)
        with pytest.raises(PortTakenError, match="ODDSLINE_SUPERVISOR_PORT"):
            await supervisor.start()

    assert supervisor.processes == {}


def _get(url: str) -> dict[str, float]:
    """The samples of a metrics page by name and labels."""
    text = httpx.get(url, trust_env=False).text
    samples = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}
