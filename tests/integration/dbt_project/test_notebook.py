"""The analysts' notebook runs on a line that has traded."""

import asyncio
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from oddsline.embedded.program import free_port
from tests.support.events import land, lives
from tests.support.marts import fold

NOTEBOOK = Path(__file__).parents[3] / "docs" / "notebooks" / "questions.py"


async def _traded(database: str) -> None:
    connection = await asyncpg.connect(database)
    await land(connection, lives(markets=6, trades=120))
    await fold(connection)
    await connection.close()


def _notebook() -> Any:
    spec = importlib.util.spec_from_file_location("questions", NOTEBOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.app


def test_all_five_questions_are_answered(database: str, environment: dict[str, str]) -> None:
    """Every cell runs as the analyst, and every answer has rows that mean something."""
    asyncio.run(_traded(database))

    _, answers = _notebook().run()

    assert sum(day["trade_count"] for day in answers["volume"]) > 90
    assert all(0 <= row["share_that_ended_yes"] <= 1 for row in answers["calibration"])
    assert answers["wallets"][0]["realized_pnl"] >= answers["wallets"][-1]["realized_pnl"]
    assert sum(row["disputed"] for row in answers["disputes"]) > 0
    assert {row["mart"] for row in answers["freshness"]} >= {"trades", "markets"}


def test_the_notebook_opens_as_make_opens_it(environment: dict[str, str], tmp_path: Path) -> None:
    """`marimo edit` serves a page that names it, without a browser or a person."""
    notebook = tmp_path / NOTEBOOK.name  # a copy: what is opened may be saved
    notebook.write_text(NOTEBOOK.read_text())
    port = free_port()
    command = [sys.executable, "-m", "marimo", "edit", notebook.name, "--headless", "--no-token"]
    marimo = subprocess.Popen(
        [*command, "--port", str(port)], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert marimo.stdout is not None
        next(line for line in marimo.stdout if "URL:" in line)
        page = httpx.get(f"http://127.0.0.1:{port}/", timeout=60)
    finally:
        marimo.terminate()
        marimo.communicate(timeout=60)

    assert page.status_code == 200
    assert "questions.py" in page.text
