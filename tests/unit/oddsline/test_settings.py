"""A process starts with all it needs or says which variable is missing."""

import importlib
import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from oddsline.settings import PREFIX, Settings, SettingsError, load

ROOT = Path(__file__).parents[3]
ROOMS = ("chain", "ingestion", "votes", "checks", "orchestration", "api")
DSN = "postgresql://odds:hunter2@db/odds"


@pytest.fixture(autouse=True)
def _clean(monkeypatch, tmp_path):
    monkeypatch.setenv("ODDSLINE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def _set(monkeypatch, **values):
    for name, value in {"database_url": DSN, "redis_url": "redis://r/0", **values}.items():
        monkeypatch.setenv(PREFIX + name.upper(), value)


def test_a_missing_variable_is_named():
    """Every missing variable at once, with where to read about it."""
    with pytest.raises(SettingsError, match=r"ODDSLINE_DATABASE_URL is not set.*REDIS_URL"):
        load()


def test_a_malformed_variable_is_named_without_its_value(monkeypatch):
    """A secret in the wrong place must not end in a log."""
    _set(monkeypatch, database_url="mysql://odds:hunter2@db/odds")

    with pytest.raises(SettingsError, match="ODDSLINE_DATABASE_URL") as refused:
        load()

    assert "hunter2" not in str(refused.value)


def test_a_room_narrows_what_it_cannot_do_without(monkeypatch):
    """An optional value becomes required in a subclass."""
    _set(monkeypatch)

    class Needs(Settings):
        helius_auth: str

    with pytest.raises(SettingsError, match="ODDSLINE_HELIUS_AUTH is not set"):
        load(Needs)


def test_the_environment_beats_dotenv_and_both_beat_the_line(monkeypatch, tmp_path):
    """A real server replaces an embedded one by one variable."""
    (tmp_path / "line.env").write_text(
        "ODDSLINE_DATABASE_URL=postgresql://line/a\nODDSLINE_REDIS_URL=redis://line/0\n"
        "ODDSLINE_DOMAIN=line.example\n"
    )
    (tmp_path / ".env").write_text(
        "ODDSLINE_REDIS_URL=redis://dotenv/0\nODDSLINE_DOMAIN=dot.example\n"
    )
    monkeypatch.setenv("ODDSLINE_DOMAIN", "env.example")

    found = load()

    assert found.database_url == "postgresql://line/a"
    assert found.redis_url == "redis://dotenv/0"
    assert found.domain == "env.example"


def test_settings_do_not_change_after_start(monkeypatch):
    """They are frozen."""
    _set(monkeypatch)

    with pytest.raises(ValidationError):
        load().domain = "other"  # type: ignore[misc]


def test_secrets_do_not_show_in_a_representation(monkeypatch):
    """A traceback or a debug print of settings gives nothing away."""
    _set(monkeypatch, helius_auth="s1, s2", jwt_key="hunter3")

    found = load()

    assert not re.search(r"hunter|s1", repr(found))
    assert found.helius_secrets == ("s1", "s2")


def _classes() -> list[type[Settings]]:
    """Every settings class of every room, found by how it is declared."""
    declared = re.compile(r"^class (\w+)\((?:\w+\.)?\w*Settings\):", re.MULTILINE)
    found: list[type[Settings]] = [Settings]
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            names = declared.findall(path.read_text())
            found += [getattr(importlib.import_module(module), name) for name in names]
    return found


def _listed() -> dict[str, str]:
    """Variable -> the default that `.env.example` shows, "" where it shows none."""
    line = re.compile(r"^# (ODDSLINE_[A-Z0-9_]+)=(.*?)(?:[ \t]+#.*)?$", re.MULTILINE)
    return dict(line.findall((ROOT / ".env.example").read_text()))


def test_the_example_lists_every_variable_of_every_room_and_no_other():
    """`.env.example` and the classes agree, both directions."""
    fields = {PREFIX + name.upper() for cls in _classes() for name in cls.model_fields}

    assert fields == _listed().keys()


def test_the_example_shows_the_defaults_in_force():
    """What it shows as a default is one."""
    listed = _listed()
    for cls in _classes():
        for name, field in cls.model_fields.items():
            shown = listed[PREFIX + name.upper()]
            if not shown or field.is_required() or field.default is None:
                continue
            assert field.annotation is not None
            read = TypeAdapter[object](field.annotation).validate_strings(shown)
            assert read == field.default, (cls, name)
