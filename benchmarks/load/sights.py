"""What a load's observers see: deliveries against the outbox, the fold's lag, health, memory."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import asyncpg
import httpx

from benchmarks.load.processes import Swarm
from benchmarks.load.usage import Meter
from oddsline.line import Line

SETTLE_S = 10.0
LOOK_S = 1.0
#: Memory is read from the kernel page by page: less often.
METER_EVERY = 5
#: Whoever answers /readyz.
SERVICES = ("ingestion", "fold", "api", "keeper", "watch")
_LAG = re.compile(rb"^oddsline_fold_lag_seconds (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts and the outbox' position at one moment."""

    events: int
    pos: int
    ballots: int


async def standing(pool: asyncpg.Pool, market_id: str) -> Standing:
    """Where the line stands; ballots of one market."""
    row = await pool.fetchrow(_sql("standing"), market_id)
    assert row is not None  # a row of counts
    return Standing(**dict(row))


@dataclass(frozen=True, slots=True)
class Told:
    """What sockets were told in a round, and when; milliseconds."""

    expected: int
    delivered: int
    cut: int
    table_ms: list[float]
    told_ms: list[float]
    hop_ms: list[float]


@dataclass
class Deliveries:
    """The sockets' clients, held against what the outbox says that they should have been told."""

    pool: asyncpg.Pool
    swarm: Swarm
    ids: Sequence[str]
    connections: int
    _before: int = 0

    async def begin(self) -> None:
        """Count from here on."""
        self._before = (await asyncio.to_thread(self.swarm.report))["delivered"]

    async def end(self, since: int) -> Told:
        """Wait for what is on its way, then compare with all positions after `since`."""
        until, pos, expected = time.monotonic() + SETTLE_S, since, 0
        noted: list[list[int]] = []
        while True:
            report = await asyncio.to_thread(self.swarm.report)
            noted += report["noted"]
            delivered = report["delivered"] - self._before
            now = await self.pool.fetchval("select max(pos) from live.outbox") or since
            quiet, pos = now == pos, now
            expected = await self._expected(since, pos)
            if (quiet and delivered >= expected) or time.monotonic() > until:
                break
            await asyncio.sleep(LOOK_S)
        table, told, hop = await self._times(since, pos, noted)
        return Told(expected, delivered, report["lost"], table, told, hop)

    async def _expected(self, since: int, pos: int) -> int:
        """Messages of each market times its followers; connections take turns with the markets."""
        rows = await self.pool.fetch(_sql("messages"), since, pos)
        numbers = {row["market_id"]: row["number"] for row in rows}
        each = [self.ids[n % len(self.ids)] for n in range(self.connections)]
        return sum(numbers.get(market_id, 0) for market_id in each)

    async def _times(
        self, since: int, pos: int, noted: Sequence[Sequence[int]]
    ) -> tuple[list[float], list[float], list[float]]:
        rows = await self.pool.fetch(_sql("written"), since, pos)
        known = {row["pos"]: (row["received_at"], row["written_at"]) for row in rows}
        table = [1000 * (written - received) for received, written in known.values()]
        # The clients' clock starts with the machine; PostgreSQL's is the wall's.
        ahead = time.time() - time.monotonic()
        read = [(known[p], ns / 1e9 + ahead) for p, ns in noted if p in known]
        told = [1000 * (at - received) for (received, _), at in read]
        hop = [1000 * (at - written) for (_, written), at in read]
        return table, told, hop


@dataclass
class Vitals:
    """Once a second: is everybody well, and how far behind is the fold."""

    line: Line
    meter: Meter
    lag_ms: list[float] = field(default_factory=list)
    asked: int = 0
    ready: int = 0

    async def watch(self, seconds: float) -> None:
        """Look for so long."""
        began = time.monotonic()
        known = [name for name in SERVICES if name in self.meter.pids]
        async with httpx.AsyncClient(trust_env=False, timeout=LOOK_S) as client:
            for n in range(max(1, int(seconds / LOOK_S))):
                if n % METER_EVERY == 0:
                    await asyncio.to_thread(self.meter.look)
                await asyncio.gather(*(self._ask(client, name) for name in known))
                await self._lag(client)
                await asyncio.sleep(max(0.0, began + (n + 1) * LOOK_S - time.monotonic()))
        await asyncio.to_thread(self.meter.look)

    async def _ask(self, client: httpx.AsyncClient, name: str) -> None:
        self.asked += 1
        try:
            answer = await client.get(self.line.url(name) + "/readyz")
        except httpx.HTTPError:
            return
        self.ready += answer.status_code == httpx.codes.OK

    async def _lag(self, client: httpx.AsyncClient) -> None:
        try:
            text = (await client.get(self.line.url("fold") + "/metrics")).content
        except httpx.HTTPError:
            return
        if found := _LAG.search(text):
            self.lag_ms.append(1000 * float(found[1]))


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
