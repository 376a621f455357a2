"""The compose file and the Dockerfile are whole and agree with the code. Not run here."""

import re
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose

from oddsline.settings import PREFIX, Settings
from oddsline.supervisor.plan import MODULES

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]


def test_it_is_a_compose_file():
    """Parsed by an implementation of the Compose specification, which refuses unknown keys."""
    parsed = PyCompose.from_yaml(yaml.safe_dump(COMPOSE))

    assert set(parsed.service_names()) == set(SERVICES)


def test_the_check_would_notice_a_misspelt_key():
    """A parser that takes everything proves nothing."""
    with pytest.raises(ValueError, match="imag"):
        PyCompose.from_yaml("services: {api: {imag: x}}")


def test_every_process_of_a_line_is_in_it():
    """What the supervisor starts on one machine, but the chain and its traders."""
    commands = {service.get("command", [None])[0] for service in SERVICES.values()}

    assert {MODULES[name] for name in MODULES} - commands == {
        "chain.local",
        "chain.local.simulator",
    }


def test_its_variables_are_settings():
    """A renamed setting cannot stay behind here."""
    named = {
        name.removeprefix(PREFIX).lower()
        for service in SERVICES.values()
        for name in (service.get("environment") or {})
        if name.startswith(PREFIX)
    }

    assert named - {"dagster_database_url"} <= set(Settings.model_fields)


@pytest.mark.parametrize("service", SERVICES)
def test_files_that_are_mounted_exist(service):
    """Docker makes a folder of what is missing, and the container starts with nothing in it."""
    for mount in SERVICES[service].get("volumes", []):
        source = mount.split(":")[0]
        assert source in COMPOSE["volumes"] or (DEPLOY / source).exists(), source


def test_only_three_doors_are_open():
    """API, webhook and the proxy in front of Dagster; no database, no metrics."""
    published = {p for service in SERVICES.values() for p in service.get("ports", [])}

    assert published == {"8000:8000", "8001:8001", "3000:8080"}


def test_no_secret_has_a_default():
    """Whoever forgets one is told by compose, not by an intruder."""
    secret = re.compile(r"\$\{(\w*(?:PASSWORD|AUTH|JWT_KEY|HTPASSWD|KEYPAIRS)\w*)(:-[^}]*)?\}")

    assert [name for name, default in secret.findall(TEXT) if default] == []


def test_images_are_pinned():
    """No `latest`."""
    images = {service["image"] for service in SERVICES.values()}

    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_the_dockerfile_installs_groups_that_exist_from_the_lock():
    """Each stage's groups are in pyproject.toml, pinned by requirements.lock, never as root."""
    text = (ROOT / "Dockerfile").read_text()
    groups = set(re.findall(r"--group (\w+)", text))
    known = set(re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), re.MULTILINE))
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE))
    targets = {s["build"]["target"] for s in SERVICES.values() if "build" in s}

    assert groups <= known
    assert text.count("--verify-hashes --constraint requirements.lock") == 2
    assert targets <= stages
    assert text.count("USER 10001") == 2
