"""`oddsline keys`: a key is shown once, works at once, and ends when it is revoked."""

from typer.testing import CliRunner

from api import commands
from oddsline import cli
from tests.integration.api.conftest import Api


async def test_a_created_key_is_printed_once_and_stored_as_a_hash(api: Api, monkeypatch):
    """What is printed opens the API; what is stored cannot."""
    monkeypatch.setenv("ODDSLINE_DATABASE_URL", api.service.settings.database_url)
    monkeypatch.setenv("ODDSLINE_REDIS_URL", api.service.settings.redis_url)
    runner = CliRunner()

    made = runner.invoke(commands.keys, ["create", "desk", "--scope", "read", "--rate", "7"])
    text = made.output.strip()
    answer = await api.get("/markets", headers={"X-API-Key": text})
    listed = runner.invoke(commands.keys, ["list"])
    stored = await api.owner.fetchval("select secret_hash from ops.api_keys where name = 'desk'")

    assert answer.status_code == 200
    assert answer.headers["ratelimit-limit"] == "7"
    assert text.split("_", 2)[1] in listed.output
    secret = text.split("_", 2)[2]
    assert secret not in listed.output
    assert secret not in stored


async def test_a_revoked_key_cannot_be_revoked_twice(api: Api, monkeypatch):
    """The second time says that there is none."""
    monkeypatch.setenv("ODDSLINE_DATABASE_URL", api.service.settings.database_url)
    monkeypatch.setenv("ODDSLINE_REDIS_URL", api.service.settings.redis_url)
    runner = CliRunner()
    text = runner.invoke(commands.keys, ["create", "desk"]).output.strip()

    first = runner.invoke(commands.keys, ["revoke", text])
    second = runner.invoke(commands.keys, ["revoke", text.split("_")[1]])
    answer = await api.get("/markets", headers={"X-API-Key": text})

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert answer.status_code == 401


def test_a_key_with_an_invented_scope_is_refused():
    """Scopes are a closed list."""
    result = CliRunner().invoke(commands.keys, ["create", "desk", "--scope", "root"])

    assert result.exit_code == 2


def test_the_command_line_knows_keys():
    """The table names this app."""
    assert cli.load("keys") is commands.keys
