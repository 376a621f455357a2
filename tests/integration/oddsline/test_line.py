"""`--line URL`: the line that is meant is the line that is read."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from oddsline.embedded.program import free_port
from oddsline.line import Line, LineError
from tests.support.http import Request, serving


class Api:
    """The part of the API that tells whose it is."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.url = ""

    async def answer(self, request: Request) -> tuple[int, bytes]:
        assert request.target == "/status"
        return 200, b'{"data": {"epoch": "%s"}}' % self.epoch.encode()


@pytest.fixture
async def api(connection: asyncpg.Connection) -> AsyncIterator[Api]:
    """An API over the test's own database."""
    found = Api(str(await connection.fetchval("select epoch from live.epoch")))
    async with serving(found.answer) as found.url:
        yield found


async def test_the_line_at_a_url_is_the_one_whose_database_has_its_epoch(
    api: Api, environment: dict[str, str]
) -> None:
    """Its connection strings are those of the environment."""
    line = await asyncio.to_thread(Line.at, api.url)

    assert line.database_url == environment["ODDSLINE_DATABASE_URL"]


async def test_another_lines_url_is_refused(api: Api, environment: dict[str, str]) -> None:
    """A verdict on this line's tables must not be taken for one on that line."""
    api.epoch = "00000000-0000-0000-0000-000000000000"

    with pytest.raises(LineError, match="another line"):
        await asyncio.to_thread(Line.at, api.url)


async def test_a_url_where_nothing_answers_is_refused(environment: dict[str, str]) -> None:
    """The message has the URL and no secret."""
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(LineError) as refused:
        await asyncio.to_thread(Line.at, url)

    assert url in str(refused.value)
    assert environment["ODDSLINE_DATABASE_URL"] not in str(refused.value)


def test_a_running_line_is_found_by_what_it_left_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """line.env names its ports and addresses; the environment beats it."""
    monkeypatch.setenv("ODDSLINE_HOME", str(tmp_path))
    monkeypatch.setenv("ODDSLINE_FOLD_PORT", "5")
    (tmp_path / "line.env").write_text(
        "ODDSLINE_API_PORT='7'\nODDSLINE_FOLD_PORT='6'\n"
        "ODDSLINE_DATABASE_URL='postgresql://left@there/line'\n"
    )
    line = Line.running()

    assert line.url("api") == "http://127.0.0.1:7"
    assert line.url("fold") == "http://127.0.0.1:5"
    assert line.database_url == "postgresql://left@there/line"
