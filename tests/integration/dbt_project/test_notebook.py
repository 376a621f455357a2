"""The analysts' notebook runs on a line that has traded."""

import asyncio
import importlib.util
from pathlib import Path
from typing import Any

import asyncpg

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
