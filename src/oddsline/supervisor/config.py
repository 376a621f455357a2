"""What a line is made of: its folder, its ports, and which servers are somebody else's."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from oddsline.embedded.program import free_port
from oddsline.settings import PREFIX, Settings

ROOT = Path(__file__).parents[3]

#: Process -> the setting of its port.
PORTS = {
    "postgres": "postgres_port",
    "valkey": "redis_port",
    "chain": "chain_port",
    "ingestion": "ingestion_port",
    "fold": "fold_port",
    "api": "api_port",
    "keeper": "keeper_port",
    "watch": "watch_port",
    "supervisor": "supervisor_port",
    "definitions": "definitions_port",
    "live": "live_port",
    "dagster": "dagster_port",
}
#: What replaces an embedded server, when a person sets it.
REPLACES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL", "chain": "RPC_URL"}

SERVERS = tuple(REPLACES)

#: What tests, benchmarks and proofs need; Dagster and the simulator only when asked for.
CORE = ("postgres", "valkey", "chain", "ingestion", "fold", "api", "keeper")
DAGSTER = ("definitions", "live", "dagster", "daemon")
ALL = (*CORE, *DAGSTER, "watch", "simulator")


@dataclass(frozen=True)
class LineConfig:
    """A line to be started.

    Attributes:
        home: its folder.
        ports: process -> port.
        processes: which processes are wanted.
        given: ODDSLINE_… variables a person set; they win over everything derived.
        durable: fsync on.
    """

    home: Path
    ports: Mapping[str, int]
    processes: tuple[str, ...] = ALL
    given: Mapping[str, str] = field(default_factory=dict)
    durable: bool = True
    host: str = "127.0.0.1"

    def wants(self, process: str) -> bool:
        """Whether this line itself runs the process."""
        replaced = REPLACES.get(process)
        return process in self.processes and not (replaced and PREFIX + replaced in self.given)

    def url(self, process: str) -> str:
        """Where a process answers HTTP."""
        return f"http://{self.host}:{self.ports[process]}"


def from_environment(processes: Iterable[str] = ALL) -> LineConfig:
    """The line that a person starts with `oddsline up`."""
    given = {k: v for k, v in dotenv_values(".env").items() if v and k.startswith(PREFIX)}
    given |= {k: v for k, v in os.environ.items() if k.startswith(PREFIX)}
    home = Path(given.get(f"{PREFIX}HOME", ".oddsline")).absolute()
    return LineConfig(home, _ports(given), tuple(processes), given)


def of_running() -> LineConfig:
    """The line that somebody else started: as `from_environment`, over the line.env it left."""
    found = from_environment(())
    left = dotenv_values(found.home / "line.env").items()
    given = {k: v for k, v in left if v and k.startswith(PREFIX)} | dict(found.given)
    return LineConfig(found.home, _ports(given), (), given)


def private(
    home: Path, processes: Iterable[str], given: Mapping[str, str], *, durable: bool
) -> LineConfig:
    """A line on free ports that shares nothing with any other."""
    ports: dict[str, int] = {}
    while len(ports) < len(PORTS):
        port = free_port()
        if port not in ports.values():
            ports[list(PORTS)[len(ports)]] = port
    return LineConfig(home, ports, tuple(processes), dict(given), durable)


def _ports(given: Mapping[str, str]) -> dict[str, int]:
    return {
        process: int(given.get(PREFIX + name.upper(), Settings.model_fields[name].default))
        for process, name in PORTS.items()
    }
