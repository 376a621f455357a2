"""One process under supervision: started, watched, restarted with backoff, stopped."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from oddsline import errors
from oddsline.supervisor.spec import Spec

#: Seconds between looks at whether a process still runs, and between questions to its probe.
LOOK = 0.1
ASK = 1.0
#: Seconds before the first, second, … restart; the last one stays.
BACKOFF = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
#: A process that was well this long, in seconds, starts its backoff anew.
FORGIVEN = 30.0


class State(StrEnum):
    """Where a process is in its life."""

    WAITING = "waiting"  # -> starting
    STARTING = "starting"  # -> ready, restarting, stopped
    READY = "ready"  # -> unwell, restarting, stopped
    UNWELL = "unwell"  # runs, but its probe says no; -> ready, restarting, stopped
    RESTARTING = "restarting"  # died, waits for its backoff; -> starting, stopped
    STOPPED = "stopped"


def backoff(deaths: int) -> float:
    """Seconds to wait before the next start after so many deaths in a row."""
    return BACKOFF[min(deaths, len(BACKOFF)) - 1]


@dataclass
class Managed:
    """A process and its supervisor task."""

    spec: Spec
    log: Path
    say: Callable[[str], None]
    state: State = State.WAITING
    deaths: int = 0
    restarts: int = 0
    process: subprocess.Popen[bytes] | None = None
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _started_at: float = 0.0
    _stop_signal: signal.Signals = signal.SIGTERM

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""
        alive = self.process is not None and self.process.poll() is None
        return self.process.pid if alive and self.process else None

    def launch(self) -> None:
        """Start it and watch over it from now on."""
        self._start()
        self._task = asyncio.create_task(self._watch(), name=f"watch {self.spec.name}")

    async def wait_ready(self, seconds: float) -> None:
        """Wait until its probe says yes.

        Raises:
            TimeoutError: it did not in so many seconds; the message has its log's end.
        """
        try:
            await asyncio.wait_for(self._ready.wait(), seconds)
        except TimeoutError:
            tail = self.log_tail()
            message = f"{self.spec.name} is not ready after {seconds:.0f} s; its log ends:\n{tail}"
            raise TimeoutError(message) from None

    async def stop(self) -> None:
        """Ask it to end, kill it when it does not, and leave nothing of its session behind."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        process, self.state = self.process, State.STOPPED
        self._ready.clear()
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(self._stop_signal)
            await self._ended(process, self.spec.grace)
        _kill_group(process)
        await self._ended(process, 5)
        self.process = None

    def kill(self) -> int | None:
        """Kill -9, as a crash would; the watch restarts it. Returns the pid it had."""
        pid = self.pid
        if pid is not None:
            self._ready.clear()
            os.kill(pid, signal.SIGKILL)
        return pid

    def log_tail(self, lines: int = 20) -> str:
        """The last lines it wrote."""
        if not self.log.exists():
            return "(nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _start(self) -> None:
        self.state = State.STARTING
        self._started_at = time.monotonic()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        program = self.spec.program()
        self._stop_signal = program.stop_signal
        self.process = program.start(self.log)

    async def _watch(self) -> None:
        asked_at = 0.0
        while True:
            await asyncio.sleep(LOOK)
            if self.process is None or self.process.poll() is not None:
                await self._restart()
                asked_at = 0.0
            elif time.monotonic() - asked_at > (ASK if self.state is State.READY else LOOK):
                await self._ask()
                asked_at = time.monotonic()

    async def _ask(self) -> None:
        well = self.spec.probe is None or await self.spec.probe()
        if self.process is None or self.process.poll() is not None:
            return
        if well:
            self._became_ready()
        elif self.state is State.READY:
            self.state = State.UNWELL
            self._ready.clear()
            self.say(f"{self.spec.name} is not well")

    def _became_ready(self) -> None:
        if self.state is not State.READY and (self.restarts or self.state is State.UNWELL):
            self.say(f"{self.spec.name} is well again (pid {self.pid})")
        self.state = State.READY
        self._ready.set()
        if time.monotonic() - self._started_at > FORGIVEN:
            self.deaths = 0

    async def _restart(self) -> None:
        code = self.process.returncode if self.process else None
        if self.process is not None:
            _kill_group(self.process)
        self.state = State.RESTARTING
        self._ready.clear()
        self.deaths += 1
        wait, ended = backoff(self.deaths), f"{self.spec.name} {_how_it_ended(code)}"
        if code is not None and code < 0:  # who was killed could not report it
            errors.report("ProcessKilled", ended, self.log_tail(), process=self.spec.name)
        self.say(f"{ended}; restarting in {wait:g} s ({self.log})")
        await asyncio.sleep(wait)
        self.restarts += 1
        self._start()

    async def _ended(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        until = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < until:  # noqa: ASYNC110 a process is no event
            await asyncio.sleep(0.03)


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
