"""Dagster's processes: two code servers, the webserver, the one daemon."""

import importlib
import importlib.util
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from oddsline.embedded.program import Program
from oddsline.settings import PREFIX
from oddsline.supervisor.config import PORTS, ROOT, LineConfig
from oddsline.supervisor.spec import Spec, http_probe, port_probe

WORKSPACE = ROOT / "workspace.yaml"
#: Code location -> the module it serves.
LOCATIONS = {"definitions": "orchestration.definitions", "live": "orchestration.live"}


def specs(config: LineConfig, environment: Mapping[str, str]) -> tuple[Spec, ...]:
    """The processes this line wants, or none where Dagster or our definitions are not installed."""
    if not WORKSPACE.exists() or importlib.util.find_spec("dagster") is None:
        return ()
    if importlib.util.find_spec("orchestration") is None:
        return ()
    made = [_location(config, environment, name) for name in LOCATIONS if config.wants(name)]
    if config.wants("dagster"):
        made.append(_webserver(config, environment))
    if config.wants("daemon"):
        arguments = ["run", "-w", str(WORKSPACE)]
        made.append(Spec("daemon", lambda: _program(config, environment, "daemon", arguments)))
    return tuple(made)


def _location(config: LineConfig, environment: Mapping[str, str], name: str) -> Spec:
    port = config.ports[name]
    arguments = ["api", "grpc", "-m", LOCATIONS[name], "-h", config.host, "-p", str(port)]
    return Spec(
        name,
        lambda: _program(config, environment, "", arguments),
        port_probe(config.host, port),
        port,
        PREFIX + PORTS[name].upper(),
        f"grpc://{config.host}:{port}",
        grace=5,
    )


def _webserver(config: LineConfig, environment: Mapping[str, str]) -> Spec:
    port, url = config.ports["dagster"], config.url("dagster")
    arguments = ["-h", config.host, "-p", str(port), "-w", str(WORKSPACE)]
    return Spec(
        "dagster",
        lambda: _program(config, environment, "webserver", arguments),
        http_probe(url + "/server_info"),
        port,
        PREFIX + PORTS["dagster"].upper(),
        url,
        grace=5,
    )


def _program(
    config: LineConfig, environment: Mapping[str, str], kind: str, arguments: list[str]
) -> Program:
    """`dagster api grpc` ignores SIGTERM; all four stop by SIGINT."""
    home = importlib.import_module("orchestration.home")
    prepared: dict[str, str] = home.prepare(
        config.home / "dagster", environment[f"{PREFIX}DATABASE_URL"]
    )
    name = f"dagster-{kind}" if kind else "dagster"
    argv = [str(Path(sys.executable).parent / name), *arguments]
    return Program(argv, None, signal.SIGINT, {**environment, **prepared}, ROOT)
