"""From a line's configuration to the processes to start, their order and their environment.

A process whose module is not installed is left out: a slim image runs what it has.
"""

import asyncio
import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from oddsline import marts
from oddsline.embedded.postgres import OWNER, EmbeddedPostgres
from oddsline.embedded.program import Program
from oddsline.embedded.valkey import EmbeddedValkey
from oddsline.migrate import LOGIN_ROLES, migrate
from oddsline.settings import PREFIX
from oddsline.supervisor import dagster
from oddsline.supervisor.config import PORTS, ROOT, LineConfig
from oddsline.supervisor.identity import (
    Identity,
    identity,
    register_service_key,
    signer_files,
    write_private,
)
from oddsline.supervisor.spec import Action, Spec, Stage, blocking_probe, http_probe

#: Process -> the module that is run.
MODULES = {
    "chain": "chain.local",
    "ingestion": "ingestion",
    "fold": "ingestion.fold",
    "api": "api",
    "keeper": "chain.keeper",
    "watch": "orchestration.watch",
    "simulator": "chain.local.simulator",
}
GENESIS = "chain.local.genesis"


@dataclass(frozen=True)
class Plan:
    """A line about to run: its stages and the environment of everything in it."""

    config: LineConfig

    @cached_property
    def known(self) -> Identity:
        """The line's secrets."""
        return identity(self.config.home)

    @cached_property
    def postgres(self) -> EmbeddedPostgres:
        """The embedded PostgreSQL."""
        return EmbeddedPostgres(
            self.config.home / "postgres",
            self.config.ports["postgres"],
            self.known.owner,
            fast=not self.config.durable,
        )

    @cached_property
    def valkey(self) -> EmbeddedValkey:
        """The embedded Valkey."""
        folder, port = self.config.home / "valkey", self.config.ports["valkey"]
        return EmbeddedValkey(folder, port, self.known.redis)

    @cached_property
    def environment(self) -> dict[str, str]:
        """ODDSLINE_… for every process of the line; what a person set comes last and wins."""
        passwords = asdict(self.known)
        derived = {f"{PORTS[name]}": str(port) for name, port in self.config.ports.items()}
        derived |= {
            "database_url": self.postgres.url(),
            "redis_url": self.valkey.url(),
            "rpc_url": self.config.url("chain"),
            "helius_auth": self.known.helius_auth,
            "jwt_key": self.known.jwt_key,
            "service_key": self.known.service_key,
            "chain_fsync": str(self.config.durable),
            "chain_webhook_url": self.config.url("ingestion") + "/webhooks/helius",
        }
        derived |= {
            f"{role}_url": self.postgres.url(user=role, password=passwords[role])
            for role in LOGIN_ROLES
        }
        derived |= {f"keypair_{k}": str(v) for k, v in signer_files(self.config.home).items()}
        if self.config.wants("chain"):
            derived["proposal_min_voters"] = "3"  # a local chain has few wallets
        if self.config.wants("simulator"):
            derived["vote_cron"] = "* * * * *"  # who looks on does not wait five minutes
        if self.config.wants("dagster"):
            derived["dagster_url"] = self.config.url("dagster")
        if program_id := _local_program_id():
            derived["program_id"] = program_id
        own = {PREFIX + name.upper(): value for name, value in derived.items()}
        return own | dict(self.config.given) | {f"{PREFIX}HOME": str(self.config.home)}

    def stages(self) -> list[Stage]:
        """Servers and chain, then the schema and its marts, then services, then Dagster."""
        services = ("fold", "ingestion", "api", "keeper")
        return [
            Stage(self._servers(), (("migrations", self._action(self._migrate)),)),
            Stage(then=self._ground()),
            Stage(tuple(self._module(name) for name in services if self._runs(name))),
            Stage(self._background(), wait=False),
        ]

    def write_line_env(self) -> Path:
        """Leave the line's whereabouts for commands; holds secrets, so only its owner reads it."""
        lines = [f"{name}='{value}'" for name, value in sorted(self.environment.items())]
        path = self.config.home / "line.env"
        write_private(path, "\n".join(lines) + "\n")
        return path

    def _servers(self) -> tuple[Spec, ...]:
        found = []
        if self.config.wants("postgres"):
            found.append(self._postgres())
        if self.config.wants("valkey"):
            found.append(self._valkey())
        if self._runs("chain"):
            found.append(self._module("chain"))
        return tuple(found)

    def _postgres(self) -> Spec:
        def program() -> Program:
            self.postgres.prepare()
            return self.postgres.program()

        probe = blocking_probe(self.postgres.answers)
        port = self.config.ports["postgres"]
        url = f"postgresql://{OWNER}@{self.config.host}:{port}/{OWNER}"
        return Spec("postgres", program, probe, port, _setting("postgres"), url, grace=30)

    def _valkey(self) -> Spec:
        def program() -> Program:
            self.valkey.prepare()
            return self.valkey.program()

        port = self.config.ports["valkey"]
        url = f"redis://{self.config.host}:{port}"
        probe = blocking_probe(self.valkey.answers)
        return Spec("valkey", program, probe, port, _setting("valkey"), url)

    def _module(self, name: str) -> Spec:
        program = Program([sys.executable, "-m", MODULES[name]], env=self.environment, cwd=ROOT)
        if name == "simulator":
            return Spec(name, lambda: program)
        url = self.config.url(name)
        probe = http_probe(url, rpc="getHealth") if name == "chain" else http_probe(url + "/readyz")
        return Spec(name, lambda: program, probe, self.config.ports[name], _setting(name), url)

    def _background(self) -> tuple[Spec, ...]:
        others = tuple(self._module(name) for name in ("watch", "simulator") if self._runs(name))
        return (*dagster.specs(self.config, self.environment), *others)

    def _ground(self) -> tuple[tuple[str, Action], ...]:
        actions = [("own API key", self._action(self._register_key))]
        if (marts.PROJECT / "dbt_project.yml").exists() and _installed("dbt"):
            actions.append(("dbt build", self._action(self._build_marts)))
        if self.config.wants("chain") and _installed(GENESIS):
            actions.append(("genesis", self._action(self._genesis)))
        return tuple(actions)

    def _migrate(self) -> None:
        passwords = {}
        if self.config.wants("postgres"):
            self.postgres.wait_ready()
            passwords = {role: asdict(self.known)[role] for role in LOGIN_ROLES}
        migrate(self.environment["ODDSLINE_DATABASE_URL"], passwords=passwords)

    def _register_key(self) -> None:
        register_service_key(self.environment["ODDSLINE_DATABASE_URL"], self.known)

    def _build_marts(self) -> None:
        marts.ensure(
            self.environment["ODDSLINE_DATABASE_URL"], target=self.config.home / "dbt_target"
        )

    def _genesis(self) -> None:
        command = [sys.executable, "-m", GENESIS]
        done = subprocess.run(
            command,
            env=os.environ | self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"genesis failed:\n{done.stdout}{done.stderr}")

    def _runs(self, name: str) -> bool:
        return self.config.wants(name) and _installed(MODULES[name] + ".__main__")

    @staticmethod
    def _action(work: Callable[[], None]) -> Action:
        async def run() -> None:
            await asyncio.to_thread(work)

        return run


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _setting(process: str) -> str:
    return PREFIX + PORTS[process].upper()


def _local_program_id() -> str | None:
    if not _installed("chain.local.settings"):
        return None
    found: str = importlib.import_module("chain.local.settings").LOCAL_PROGRAM_ID
    return found
