"""A whole line as one object: for tests, benchmarks, proofs and the demo.

    with Line.private() as line:            # free ports, scratch data, gone afterwards
        httpx.get(line.url("api") + "/markets")
        line.kill("fold")                   # kill -9; the supervisor restarts it

`Line.running()` is the same view of a line that somebody else started.
"""

import asyncio
import json
import os
import shutil
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Coroutine, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg2

from oddsline import blocking, settings, template
from oddsline.settings import PREFIX
from oddsline.supervisor.config import CORE, LineConfig, of_running, private
from oddsline.supervisor.plan import Plan
from oddsline.supervisor.process import Managed
from oddsline.supervisor.supervisor import Supervisor

T = TypeVar("T")
S = TypeVar("S", bound=settings.Settings)


class LineError(Exception):
    """There is no such line; the message says what was looked for."""


class Line:
    """Where the parts of a line are, and a hand on those it runs itself."""

    def __init__(
        self, config: LineConfig, *, scratch: bool = False, say: Callable[[str], None] | None = None
    ) -> None:
        self.config = config
        self.plan = Plan(config)
        self._scratch = scratch
        self._say = say or (lambda _: None)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._supervisor: Supervisor | None = None

    @classmethod
    def private(
        cls,
        processes: Iterable[str] = CORE,
        *,
        env: Mapping[str, str] | None = None,
        durable: bool = True,
        say: Callable[[str], None] | None = None,
    ) -> Self:
        """A line of its own; `env` are ODDSLINE_… variables for its processes.

        `durable=False` turns fsync off: data still survives kill -9, not a power cut.
        """
        home = Path(tempfile.mkdtemp(prefix="oddsline-line-"))
        home.chmod(0o755)
        config = private(home, processes, env or {}, durable=durable)
        return cls(config, scratch=True, say=say)

    @classmethod
    def running(cls) -> Self:
        """The line that the environment and `$ODDSLINE_HOME/line.env` point at."""
        return cls(of_running())

    @classmethod
    def at(cls, url: str) -> Self:
        """The running line whose API answers at `url`.

        Its databases and keys are those that the environment and line.env name; that they are of
        the same line is shown by the epoch, which the API tells and the database holds.

        Raises:
            LineError: nothing answers there, or it is another line's API.
        """
        line = cls.running()
        told, held = _told_epoch(url, line.service_key), _held_epoch(line.database_url)
        if told != held:
            raise LineError(
                f"{url} is the API of another line than the one that "
                f"{PREFIX}HOME ({line.config.home}) and the environment name"
            )
        return line

    @property
    def env(self) -> dict[str, str]:
        """The environment of a process that belongs to this line."""
        outer = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        return outer | self.plan.environment

    def settings(self, cls: type[S]) -> S:
        """This line's settings as one of its processes reads them."""
        return settings.read(cls, self.env)

    def url(self, process: str) -> str:
        """Where a process answers HTTP, without a slash at the end."""
        return (
            self.plan.environment[f"{PREFIX}RPC_URL"]
            if process == "chain"
            else self.config.url(process)
        )

    @property
    def database_url(self) -> str:
        """The owner's connection string."""
        return self.plan.environment[f"{PREFIX}DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        """Redis's connection string."""
        return self.plan.environment[f"{PREFIX}REDIS_URL"]

    @property
    def service_key(self) -> str:
        """An API key with every scope and a limit that is not met."""
        return self.plan.environment[f"{PREFIX}SERVICE_KEY"]

    @property
    def processes(self) -> dict[str, Managed]:
        """What this line runs itself."""
        return self._supervisor.processes if self._supervisor else {}

    def pid(self, process: str) -> int | None:
        """The pid of a process, None while it is down."""
        return self.processes[process].pid

    def kill(self, process: str) -> int | None:
        """Kill -9; the supervisor restarts it. Returns the pid it had."""
        return self._call(_now(self.processes[process].kill))

    def stop(self, process: str) -> None:
        """Stop one process and leave it stopped."""
        self._call(self.processes[process].stop())

    def start(self, process: str, *, seconds: float = 60) -> None:
        """Start a stopped process and wait until it is well."""
        self._call(_now(self.processes[process].launch))
        self.wait_ready(process, seconds=seconds)

    def wait_ready(self, *processes: str, seconds: float = 60) -> None:
        """Wait until these processes (or all) are well.

        Raises:
            TimeoutError: one is not; the message has its log's end.
        """
        for name in processes or tuple(self.processes):
            self._call(self.processes[name].wait_ready(seconds))

    def open(self) -> Self:
        """Start everything and wait until it is well."""
        if self._scratch and self.config.wants("postgres"):
            template.lay(self.config, self.plan)
        self.plan.write_line_env()
        self._loop = asyncio.new_event_loop()
        # Children ask the kernel to end with the thread that started them: this one.
        self._thread = threading.Thread(target=self._loop.run_forever, name="line", daemon=True)
        self._thread.start()
        logs = self.config.home / "logs"
        port = self.config.ports["supervisor"]
        self._supervisor = Supervisor(self.plan.stages(), logs, say=self._say, port=port)
        try:
            self._call(self._supervisor.start())
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop everything; a private line's data is deleted."""
        if self._loop is not None and self._thread is not None:
            if self._supervisor is not None:
                self._call(self._supervisor.stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = None
        if self._scratch:
            self.plan.postgres.delete()
            shutil.rmtree(self.config.home, ignore_errors=True)

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None, "the line is not open"
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __enter__(self) -> Self:
        """Open; leaving closes."""
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    async def __aenter__(self) -> Self:
        """Open without stalling the caller's loop."""
        return await asyncio.to_thread(self.open)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close without stalling the caller's loop."""
        await asyncio.to_thread(self.close)


def _told_epoch(url: str, key: str) -> str:
    request = urllib.request.Request(url.rstrip("/") + "/status", headers={"X-API-Key": key})  # noqa: S310 a person names the URL
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 the same request
            return str(json.load(answer)["data"]["epoch"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise LineError(f"no line's API answers at {url}: {error}") from error


def _held_epoch(database_url: str) -> str:
    try:
        with blocking.session(database_url, name="line") as connection:
            return str(blocking.rows(connection, "select epoch from live.epoch")[0]["epoch"])
    except psycopg2.OperationalError as error:
        raise LineError(f"the line's PostgreSQL does not answer: {error}") from error


async def _now(work: Callable[[], T]) -> T:
    return work()
