"""Partitions exist before a row needs them."""

import asyncpg

from ingestion.landing.rows import Landable

WIDTH = 5_000_000  # slots; the width in raw.ensure_partitions
AHEAD = 200_000  # slots before a partition's end at which the next one is made: a day at 400 ms


class Partitions:
    """The partitions known to exist, so that the hot path asks the server only at a new one."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def missing(self, items: list[Landable]) -> list[int]:
        """A slot in each partition that these items, or those a day later, need and we never made."""
        numbers = {slot // WIDTH for i in items for slot in (i.slot, i.slot + AHEAD)}
        return sorted(number * WIDTH for number in numbers - self._known)

    async def ensure(self, connection: asyncpg.Connection, items: list[Landable]) -> None:
        """Make what is missing, in commits of their own: the landing lock is not held meanwhile."""
        for slot in self.missing(items):
            await connection.execute("select raw.ensure_partitions($1)", slot)
            self._known.add(slot // WIDTH)
