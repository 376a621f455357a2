"""Making many markets due at once, on a private chain whose clock can be set forward."""

import asyncio
import time
from collections import Counter
from random import Random
from typing import Any

import asyncpg
import httpx2

from chain.decode import decode
from chain.local.roles import Roles
from chain.local.traffic import Markets, Sender
from chain.program.fee_schedule import FeeSchedule
from chain.program.interface import Program, load_program
from chain.program.states import State
from chain.rpc import Rpc
from chain.transactions import Transaction, transaction_from
from oddsline.line import Line
from oddsline.settings import Settings

PROCESSES = ("postgres", "valkey", "chain", "ingestion", "fold", "keeper", "live", "daemon")
DISPUTE_S = 3600
#: So long is traded before a resolution is not suspicious (the holds' own default is 600 s).
TRADED_S = 700
ENVIRONMENT = {
    "ODDSLINE_CHAIN_PRIVATE": "true",
    "ODDSLINE_LOCAL_DISPUTE_PERIOD": str(DISPUTE_S),
}
LOOK_S = 0.1


class Crowd:
    """So many markets on one line; every step is one call."""

    def __init__(self, line: Line, rpc: Rpc, http: httpx2.AsyncClient, count: int) -> None:
        self._url = line.url("chain")
        self._rpc, self._http = rpc, http
        self.program: Program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
        roles = Roles.of(line.settings(Settings))
        chance = Random(11)
        self.markets = Markets(Sender(rpc), self.program, roles, count=count, random=chance)
        self.due_slot = 0

    async def resolve(self) -> None:
        """Bring all of them to RESOLVING, long after they were activated."""
        await self.markets.fund()
        await self.markets.activate()
        await self._set_forward(TRADED_S)
        await self.markets.resolve()

    async def become_due(self) -> float:
        """Let the dispute period pass; the wall clock's moment, Unix seconds."""
        due_at = time.time()
        self.due_slot = await self._set_forward(DISPUTE_S + 1)
        return due_at

    async def misbehave(self, plan: dict[str, Any]) -> dict[str, int]:
        """Order faults; what has struck so far, by kind."""
        answer = await self._http.post(f"{self._url}/_local/faults", json=plan)
        answer.raise_for_status()
        struck: dict[str, int] = answer.json()["struck"]
        return struck

    async def final(self) -> int:
        """How many accounts are FINALIZED, as confirmed."""
        accounts = (await self.markets.read()).values()
        return sum(one is not None and one.state == State.FINALIZED for one in accounts)

    async def finalizations(self) -> Counter[str]:
        """How often each market was finalized since, by the chain's own history."""
        found: Counter[str] = Counter()
        for address in self.markets.addresses:
            for info in await self._rpc.get_signatures_for_address(address):
                if info.slot < self.due_slot:
                    break  # newest first
                tx = transaction_from(await self._rpc.get_transaction(info.signature))
                assert isinstance(tx, Transaction), "the chain lists what it cannot show"
                events = decode(tx, self.program, FeeSchedule()).events
                found[address] += sum(event.name == "MarketFinalized" for event in events)
        return found

    async def _set_forward(self, seconds: int) -> int:
        answer = await self._http.post(f"{self._url}/_local/warp", json={"seconds": seconds})
        answer.raise_for_status()
        return int(answer.json()["slot"])


async def until(
    connection: asyncpg.Connection, statement: str, count: int, within_s: float
) -> None:
    """Wait until a counting statement says so many.

    Raises:
        TimeoutError: it does not in time.
    """
    async with asyncio.timeout(within_s):
        while await connection.fetchval(statement) < count:  # noqa: ASYNC110 the database is no event
            await asyncio.sleep(LOOK_S)
