"""The ground of keeper tests: a fresh chain with quick slots."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.keeping import Ground, ground


@pytest.fixture
async def world(bare_database: str, tmp_path: Path) -> AsyncIterator[Ground]:
    """Final after eight slots of 20 ms."""
    async with ground(bare_database, tmp_path) as made:
        yield made
