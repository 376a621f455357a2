"""Memory and processor time of a line's processes, found by the ports that they listen on.

A running line's processes are somebody else's; those that cannot be looked into (another user's)
are left out rather than guessed.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from benchmarks.load.profile import Usage


@dataclass
class _Seen:
    memory: int = 0
    first_cpu: float = 0.0
    last_cpu: float = 0.0


@dataclass
class Meter:
    """Looks at processes now and then; `usage` is the most memory and the average of the cores."""

    pids: Mapping[str, int]
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, ports: Mapping[str, int]) -> "Meter":
        """Whoever listens on these ports now."""
        names = {port: name for name, port in ports.items()}
        found: dict[str, int] = {}
        for socket in psutil.net_connections("tcp"):
            if socket.status == psutil.CONN_LISTEN and socket.pid and socket.laddr:
                name = names.get(socket.laddr.port)
                if name is not None and socket.pid != os.getpid():
                    found[name] = socket.pid
        return cls(found)

    def look(self) -> None:
        """Read every process once."""
        for name, pid in self.pids.items():
            with suppress(psutil.Error):
                self._note(name, psutil.Process(pid))

    def usage(self) -> dict[str, Usage]:
        """Since the first look."""
        spent = max(1e-9, time.monotonic() - self._began)
        return {
            name: Usage(
                round(seen.memory / 2**20, 1),
                round(100 * (seen.last_cpu - seen.first_cpu) / spent, 1),
            )
            for name, seen in self._seen.items()
        }

    def _note(self, name: str, process: psutil.Process) -> None:
        family = list(self._family(process))
        memory, cpu = sum(map(_memory, family)), sum(map(_cpu, family))
        first = name not in self._seen
        seen = self._seen.setdefault(name, _Seen(first_cpu=cpu))
        if first:
            self._began = min(self._began, time.monotonic())
        seen.memory, seen.last_cpu = max(seen.memory, memory), max(cpu, seen.last_cpu)

    def _family(self, process: psutil.Process) -> Iterator[psutil.Process]:
        """A process and its descendants, without those that have a name of their own."""
        yield process
        for child in process.children():
            if child.pid not in self.pids.values():
                yield from self._family(child)


def _memory(process: psutil.Process) -> int:
    """Proportional: PostgreSQL's processes share most of theirs."""
    with suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0


def _cpu(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def grown(rounds: Iterable[Mapping[str, Usage]]) -> dict[str, tuple[float, float]]:
    """Memory in the first and in the last of several rounds, in MB."""
    every = list(rounds)
    if not every:
        return {}
    first, last = every[0], every[-1]
    return {name: (first[name].memory_mb, last[name].memory_mb) for name in first if name in last}
