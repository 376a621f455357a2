"""What the supervisor tells Prometheus: which of its processes are well, and what they cost.

Servers of others (PostgreSQL, Valkey, Dagster's processes) export nothing of their own here, so
memory and CPU are read from the kernel for every process alike. A registry of its own: a line in
a test shares its process with whatever else is measured there.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from oddsline.supervisor.process import Managed, State

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Processes(Collector):
    """The supervised processes as they are when asked."""

    def __init__(self, processes: Mapping[str, Managed]) -> None:
        self._processes = processes

    def collect(self) -> Iterator[Metric]:
        """One sample a process of each metric; memory and CPU only while it runs."""
        up = GaugeMetricFamily(
            "oddsline_supervisor_process_up", "1 while its probe says yes", labels=["process"]
        )
        restarts = CounterMetricFamily(
            "oddsline_supervisor_restarts", "Starts after a death", labels=["process"]
        )
        memory = GaugeMetricFamily(
            "oddsline_supervisor_memory_bytes", "Resident memory", labels=["process"]
        )
        cpu = CounterMetricFamily(
            "oddsline_supervisor_cpu_seconds", "CPU used since its start", labels=["process"]
        )
        for name, managed in list(self._processes.items()):
            up.add_metric([name], float(managed.state is State.READY))
            restarts.add_metric([name], managed.restarts)
            spent = used(managed.pid) if managed.pid else None
            if spent is not None:
                memory.add_metric([name], spent[0])
                cpu.add_metric([name], spent[1])
        yield from (up, restarts, memory, cpu)


def registry(processes: Mapping[str, Managed]) -> CollectorRegistry:
    """A registry that holds these processes and nothing else."""
    made = CollectorRegistry()
    made.register(Processes(processes))
    return made


def used(pid: int) -> tuple[float, float] | None:
    """Resident bytes and CPU seconds of one process; None where it is gone or there is no /proc."""
    proc = Path("/proc", str(pid))
    try:
        pages = int((proc / "statm").read_text().split()[1])
        # The name in brackets may hold spaces: what follows the last bracket is regular.
        rest = (proc / "stat").read_text().rpartition(")")[2].split()
    except (OSError, IndexError, ValueError):
        return None
    return float(pages * _PAGE), (int(rest[11]) + int(rest[12])) / _TICK
