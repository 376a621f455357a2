"""`./oddsline prove` on a database: equal, different, nothing to compare."""

import asyncpg
import pytest
from rich.console import Console

from ingestion.commands.prove import compare
from tests.support.events import land, lives
from tests.support.marts import assert_equals_rebuild, fold


@pytest.mark.parametrize(("break_one", "code"), [(False, 0), (True, 1)])
async def test_the_exit_code_says_whether_marts_are_a_rebuild(
    connection: asyncpg.Connection, database: str, *, break_one: bool, code: int
) -> None:
    """0 where they are; 1 with --break, which puts back what it altered."""
    await land(connection, lives(markets=6, trades=60))
    await fold(connection)
    console = Console(record=True, width=120)

    assert await compare(database, console, break_one=break_one) == code

    assert ("DIFFERENT" in console.export_text()) is break_one
    await assert_equals_rebuild(connection)


async def test_empty_marts_prove_nothing(database: str) -> None:
    """Equal because both sides are empty is 2, not 0."""
    assert await compare(database, Console(quiet=True), break_one=False) == 2
