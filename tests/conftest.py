"""Real servers for tests: one PostgreSQL and one Valkey for the whole run, fresh data per test.

The controller (or the only process) owns the servers and hands their address to xdist's workers
by environment; whoever first needs the template database builds it under a file lock, and each
test gets a clone of it in a few tens of milliseconds.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg
import psycopg2
import pytest
from filelock import FileLock

from oddsline import marts, postgres
from oddsline import template as template_cluster
from oddsline.embedded.postgres import OWNER, EmbeddedPostgres
from oddsline.embedded.program import free_port
from oddsline.embedded.valkey import EmbeddedValkey
from oddsline.migrate import LOGIN_ROLES, migrate
from oddsline.supervisor.identity import identity

TEMPLATE = "oddsline_bare"
#: Workers take every n-th Redis database, so that no two tests of a run share one.
REDIS_DATABASES = 4096
_RUN = "ODDSLINE_TEST_RUN"
#: Where memory is a folder on Linux, and how much of it must be free, in bytes.
SHM, SHM_LEAST = "/dev/shm", 4 * 2**30


@dataclass(frozen=True)
class Servers:
    """Where this run's servers are."""

    folder: str
    password: str
    postgres_port: int
    redis_port: int

    def postgres_url(self, database: str, user: str = OWNER) -> str:
        """A connection string for one login of one database."""
        return f"postgresql://{user}:{self.password}@127.0.0.1:{self.postgres_port}/{database}"

    def redis_url(self, database: int) -> str:
        """A connection string for one numbered Redis database."""
        return f"redis://:{self.password}@127.0.0.1:{self.redis_port}/{database}"


class _Running:
    """The servers this process started, if it did."""

    postgres: EmbeddedPostgres | None = None
    valkey: EmbeddedValkey | None = None
    folder: Path | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Keep tests away from a line that runs in this checkout; start servers for workers."""
    # A shell's `&` has its programs ignore SIGINT, and Dagster gives SIGTERM what SIGINT has: then
    # whatever a test starts would ignore SIGTERM from its birth.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        return
    for name in [n for n in os.environ if n.startswith("ODDSLINE_")]:
        del os.environ[name]
    _Running.folder = Path(tempfile.mkdtemp(prefix="oddsline-tests-", dir=_quick_place()))
    _Running.folder.chmod(0o711)
    os.environ["ODDSLINE_HOME"] = str(_Running.folder / "home")
    if config.getoption("numprocesses", None) and not config.getoption("collectonly"):
        os.environ[_RUN] = json.dumps(asdict(_start_servers(_Running.folder)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started and leave nothing behind."""
    if hasattr(config, "workerinput") or _Running.folder is None:
        return
    for server in (_Running.postgres, _Running.valkey):
        if server is not None:
            server.stop()
    if _Running.postgres is not None:
        _Running.postgres.delete()
    shutil.rmtree(_Running.folder, ignore_errors=True)
    os.environ.pop(_RUN, None)


def _quick_place() -> str | None:
    """Memory that is a folder, if there is enough: a clone there takes a tenth of the time."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(SHM).free > SHM_LEAST and os.access(SHM, os.W_OK | os.X_OK):
            return SHM
    return None


def _start_servers(folder: Path) -> Servers:
    """Start from the cached cluster (migrated, empty marts), which `oddsline.template` keeps."""
    password = secrets.token_urlsafe(16)
    _Running.postgres = EmbeddedPostgres(folder / "postgres", free_port(), password, fast=True)
    with contextlib.suppress(marts.BuildError):  # tests of marts will say it, others go on
        made = template_cluster.ensure()
        _Running.postgres.password = identity(made).owner
        _Running.postgres.folder.mkdir()
        template_cluster.copy_cluster(made, _Running.postgres)
    password = _Running.postgres.password
    _Running.valkey = EmbeddedValkey(
        folder / "valkey", free_port(), password, databases=REDIS_DATABASES, append_only=False
    )
    _Running.postgres.start()
    _Running.valkey.start()
    return Servers(str(folder), password, _Running.postgres.port, _Running.valkey.port)


@pytest.fixture(scope="session")
def servers() -> Servers:
    """This run's PostgreSQL and Valkey."""
    if _RUN not in os.environ:
        assert _Running.folder is not None
        os.environ[_RUN] = json.dumps(asdict(_start_servers(_Running.folder)))
    return Servers(**json.loads(os.environ[_RUN]))


@pytest.fixture(scope="session")
def bare_template(servers: Servers) -> str:
    """A migrated database without marts, to clone from; sets the roles' passwords too."""
    folder = Path(servers.folder)
    with FileLock(folder / "template.lock"):
        if not (folder / "template.ready").exists():
            admin(servers, f"drop database if exists {TEMPLATE} with (force)")
            admin(servers, f"create database {TEMPLATE}")
            passwords = dict.fromkeys(LOGIN_ROLES, servers.password)
            migrate(servers.postgres_url(TEMPLATE), passwords=passwords)
            (folder / "template.ready").touch()
    return TEMPLATE


@pytest.fixture(scope="session")
def template(servers: Servers, bare_template: str) -> str:
    """A migrated database with empty marts, to clone from.

    It came with the cluster; asking again costs nothing, and says so where dbt cannot build it.
    """
    template_cluster.ensure()
    return OWNER


def admin(servers: Servers, statement: str) -> None:
    """Run one statement outside any test's database."""
    connection = psycopg2.connect(servers.postgres_url("postgres"))
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)


def clone(servers: Servers, template: str) -> Iterator[str]:
    """A fresh database's name, gone after it was used."""
    name = f"t_{secrets.token_hex(6)}"
    admin(servers, f"create database {name} template {template} strategy file_copy")
    yield name
    admin(servers, f"drop database if exists {name} with (force)")


@pytest.fixture
def database_name(servers: Servers, template: str) -> Iterator[str]:
    """The name of a fresh database with marts."""
    yield from clone(servers, template)


@pytest.fixture
def database(servers: Servers, database_name: str) -> str:
    """A fresh, migrated database with empty marts: the owner's connection string."""
    return servers.postgres_url(database_name)


@pytest.fixture
def bare_database(servers: Servers, bare_template: str) -> Iterator[str]:
    """A fresh, migrated database without marts (no dbt in the way): the owner's string."""
    for name in clone(servers, bare_template):
        yield servers.postgres_url(name)


@pytest.fixture
def logins(servers: Servers, database_name: str) -> dict[str, str]:
    """Role -> connection string to the same database as `database`."""
    roles = (OWNER, *LOGIN_ROLES)
    return {role: servers.postgres_url(database_name, role) for role in roles}


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    """An owner's connection to the test's database."""
    opened = await postgres.connect(database, name="test")
    yield opened
    await opened.close()


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """An owner's pool on the test's database."""
    opened = await postgres.open_pool(database, name="test", max_size=8)
    yield opened
    await asyncio.wait_for(opened.close(), 10)


@pytest.fixture
def redis_url(servers: Servers, worker_id: str, _redis_numbers: Iterator[int]) -> str:
    """An empty Redis database of the test's own."""
    return servers.redis_url(next(_redis_numbers))


@pytest.fixture(scope="session")
def _redis_numbers(worker_id: str) -> Iterator[int]:
    worker = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    return iter(range(worker, REDIS_DATABASES, 16))


@pytest.fixture
def environment(
    database: str, logins: dict[str, str], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The settings of the test's own servers, in os.environ and returned for subprocesses."""
    values = {
        "ODDSLINE_DATABASE_URL": database,
        "ODDSLINE_AUTHENTICATOR_URL": logins["authenticator"],
        "ODDSLINE_SERVICE_URL": logins["service"],
        "ODDSLINE_ANALYST_URL": logins["analyst"],
        "ODDSLINE_REDIS_URL": redis_url,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values
