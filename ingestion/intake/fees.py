"""Which fee rates were in force at a slot: needed where a trade does not say its gross itself."""

import bisect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asyncpg

from chain.program.fee_schedule import FeeSchedule
from chain.rows import EventRow
from oddsline.blocking import read_sql

SQL = Path(__file__).parent / "sql"
CONFIG_UPDATED = "ConfigUpdated"

#: Before the first update the program's own defaults hold.
_DEFAULT = FeeSchedule()


class FeeBook:
    """Fee schedules by the slot from which they hold.

    It knows what has landed. A configuration that arrives after trades made under it leaves those
    with `fee_basis: schedule` under older rates; `oddsline redecode` then says so and mends them.
    """

    def __init__(self) -> None:
        self._slots: list[int] = []
        self._schedules: dict[int, FeeSchedule] = {}

    def at(self, slot: int) -> FeeSchedule:
        """The schedule in force in the slots after the last update before `slot`."""
        index = bisect.bisect_left(self._slots, slot)
        return self._schedules[self._slots[index - 1]] if index else _DEFAULT

    def learn(self, slot: int, args: dict[str, Any]) -> None:
        """Take up one ConfigUpdated event, in any order."""
        if slot not in self._schedules:
            bisect.insort(self._slots, slot)
        self._schedules[slot] = FeeSchedule(
            args["protocol_fee_bps"],
            args["resolver_reward_bps"],
            args["liquidity_provider_fee_bps"],
        )

    def learn_from(self, events: Iterable[EventRow]) -> None:
        """Take up whatever configuration a transaction carried."""
        for event in events:
            if event.name == CONFIG_UPDATED:
                self.learn(event.slot, event.args)

    async def refresh(self, pool: asyncpg.Pool) -> None:
        """Take up what has landed, by whichever process."""
        for row in await pool.fetch(read_sql(SQL, "config_updates"), CONFIG_UPDATED):
            self.learn(row["slot"], row["args"])
