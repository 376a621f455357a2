"""Servers and generators as processes of their own: peers in Node, the floor, the loads.

The server under load has one core to itself as far as the machine allows, the generator another;
PostgreSQL and Redis take what they need of both. The same holds for each peer.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from oddsline.embedded.program import free_port

PEERS = Path(__file__).parents[1] / "peers"
SERVER_CORE, GENERATOR_CORE = 0, 1
START_S = 20.0


def has_node() -> bool:
    """Whether peers can run here; where not, their figures are left out."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def install_peers() -> None:
    """What package-lock.json names, unless it is there already.

    Raises:
        subprocess.CalledProcessError: npm failed; its output is on stderr.
    """
    installed = PEERS / "node_modules" / ".package-lock.json"
    lock = PEERS / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        command = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=PEERS, check=True, stdout=sys.stderr)
        installed.touch()


@contextmanager
def peer(script: str, env: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """A server in Node while the block runs; yields its port and pid."""
    install_peers()
    with serving(["node", script], env, cwd=PEERS) as found:
        yield found


@contextmanager
def serving(
    command: list[str], env: Mapping[str, str], cwd: Path | None = None
) -> Iterator[tuple[int, int]]:
    """A server that listens on $PORT while the block runs; yields its port and pid.

    Raises:
        TimeoutError: it does not listen in time.
    """
    port = free_port()
    process = subprocess.Popen(command, env={**os.environ, **env, "PORT": str(port)}, cwd=cwd)
    try:
        pin(process.pid, SERVER_CORE)
        _wait_until_open(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_open(port: int) -> None:
    ends_at = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > ends_at:
                raise TimeoutError(f"nothing listens on {port}") from None
            time.sleep(0.05)
        else:
            return


def pin(pid: int, core: int) -> None:
    """Keep a process on one core where there are several."""
    if (os.cpu_count() or 1) > max(SERVER_CORE, GENERATOR_CORE):
        os.sched_setaffinity(pid, {core})


def generate(module: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Run a generator with a spec; what it printed.

    Raises:
        subprocess.CalledProcessError: it failed; its output is on stderr.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pin(process.pid, GENERATOR_CORE)
    printed, _ = process.communicate(json.dumps(spec))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, module)
    answer: dict[str, Any] = json.loads(printed)
    return answer


class Swarm:
    """The socket clients of `benchmarks.load.sockets`, connected when the block begins."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self._spec = spec

    def __enter__(self) -> Self:
        """Connect them all."""
        command = [sys.executable, "-m", "benchmarks.load.sockets", json.dumps(self._spec)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        pin(self._process.pid, GENERATOR_CORE)
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        """Cut all connections."""
        self._process.kill()
        self._process.communicate()

    def report(self) -> dict[str, Any]:
        """Deliveries so far, connections lost, and what probes noted since the last report."""
        assert self._process.stdin is not None
        self._process.stdin.write("report\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the socket clients ended; their error is above")
        told: dict[str, Any] = json.loads(line)
        return told
