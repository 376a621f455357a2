"""A real ingestion process, senders that never send twice, and what must hold of raw afterwards."""

import asyncio
import itertools
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import asyncpg
import httpx
import orjson

from benchmarks.traffic import PROGRAM, body, trade
from oddsline.embedded.program import free_port

T = TypeVar("T")

SECRET = "the secret"
HEADERS = {"authorization": SECRET}
PATH = "/webhooks/helius"

#: Delays each transaction's commit: deferred triggers run in it, with everything it did behind it.
SLOW_COMMITS = """
select raw.ensure_partitions(435888000);
create function slow_commit() returns trigger language plpgsql as $$
begin
    if current_setting('test.slept', true) is distinct from txid_current()::text then
        perform set_config('test.slept', txid_current()::text, true);
        perform pg_sleep({seconds});
    end if;
    return null;
end $$;
create constraint trigger slow after insert on raw.transactions
deferrable initially deferred for each row execute function slow_commit();
"""

#: Landed transactions that lack something, or rows that belong to none: either is half there.
_HALVES = """
with counted as (
    select t.slot, t.signature,
        (select count(*) from raw.payloads as p where p.slot = t.slot and p.signature = t.signature)
            as payloads,
        (select count(*) from raw.events as e where e.slot = t.slot and e.signature = t.signature)
            as events,
        (select count(*) from raw.instructions as i
            where i.slot = t.slot and i.signature = t.signature) as instructions
    from raw.transactions as t
)
select
    (select count(*) from counted where (payloads, events, instructions) <> (1, 1, 1))
    + abs((select count(*) from counted) - (select count(*) from raw.payloads))
    + abs((select count(*) from counted) - (select count(*) from raw.events))
    + abs((select count(*) from counted) - (select count(*) from raw.instructions))
"""


@dataclass
class Intake:
    """`python -m ingestion` on a port of its own."""

    environment: dict[str, str]
    url: str
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ingestion", env=self.environment
        )
        async with httpx.AsyncClient() as client:
            await until(lambda: answers(client, f"{self.url}/livez"))

    def signal(self, sent: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(sent)

    async def kill(self) -> None:
        """Kill -9."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def ended(self) -> int:
        """The exit code, once there is one."""
        assert self.process is not None
        async with asyncio.timeout(30):
            return await self.process.wait()


@asynccontextmanager
async def intake(database_url: str, **settings: object) -> AsyncIterator[Intake]:
    """A running process, gone afterwards; `settings` by their names without the prefix."""
    port = free_port()
    values = {
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis://unused",
        "PROGRAM_ID": PROGRAM,
        "HELIUS_AUTH": SECRET,
        "INGESTION_PORT": port,
        "LEDGER": False,
        "LOG_LEVEL": "ERROR",
        "LAND_SECONDS": 5,
        "LOCK_TIMEOUT_MS": 2000,
    } | {name.upper(): value for name, value in settings.items()}
    told = {f"ODDSLINE_{name}": str(value) for name, value in values.items()}
    one = Intake({**os.environ, **told}, f"http://127.0.0.1:{port}")
    await one.start()
    try:
        yield one
    finally:
        if one.process is not None and one.process.returncode is None:
            await one.kill()


async def until(probe: Callable[[], Awaitable[T]], *, seconds: float = 60) -> T:
    """Ask again and again until the answer is true; returns it."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await probe():
                return found
            await asyncio.sleep(0.01)


async def answers(client: httpx.AsyncClient, url: str) -> bool:
    """Whether something says 200 there."""
    try:
        return (await client.get(url, timeout=2)).status_code == 200
    except httpx.HTTPError:
        return False


@dataclass
class Traffic:
    """Deliveries of trades 0, 1, 2, …, each sent once, as by a provider that forgets."""

    url: str
    size: int = 5
    acknowledged: set[int] = field(default_factory=set)
    unanswered: set[int] = field(default_factory=set)  # or answered with a refusal
    statuses: Counter[int] = field(default_factory=Counter)
    retry_after: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @asynccontextmanager
    async def flowing(self, *, senders: int = 4) -> AsyncIterator[None]:
        """Send while the block runs; what is under way at its end is still waited for."""
        stop = asyncio.Event()
        tasks = [asyncio.create_task(self._send(stop)) for _ in range(senders)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def acknowledges(self, more: int) -> None:
        """Wait until so many further trades were acknowledged."""
        enough = len(self.acknowledged) + more

        async def reached() -> bool:
            return len(self.acknowledged) >= enough

        await until(reached)

    async def is_refused(self, more: int) -> None:
        """Wait for so many further 503."""
        enough = self.statuses[503] + more

        async def reached() -> bool:
            return self.statuses[503] >= enough

        await until(reached)

    async def resend(self) -> None:
        """Send everything again until all of it is acknowledged."""
        numbers = sorted(self.acknowledged | self.unanswered)
        async with httpx.AsyncClient(headers=HEADERS, timeout=30) as client:
            for start in range(0, len(numbers), 50):
                some = orjson.dumps([trade(n) for n in numbers[start : start + 50]])
                answer = await client.post(self.url + PATH, content=some)
                assert answer.status_code == 200, answer.text
        self.acknowledged |= self.unanswered

    async def _send(self, stop: asyncio.Event) -> None:
        async with httpx.AsyncClient(headers=HEADERS, timeout=10) as client:
            while not stop.is_set():
                first = next(self._numbers) * self.size
                trades = range(first, first + self.size)
                taken = await self._post(client, body(first, self.size))
                (self.acknowledged if taken else self.unanswered).update(trades)
                await asyncio.sleep(0.01)

    async def _post(self, client: httpx.AsyncClient, content: bytes) -> bool:
        try:
            answer = await client.post(self.url + PATH, content=content)
        except httpx.HTTPError:
            self.statuses[0] += 1
            return False
        self.statuses[answer.status_code] += 1
        if answer.status_code == 503:
            self.retry_after.add(answer.headers["retry-after"])
        return answer.status_code == 200


async def assert_sound(connection: asyncpg.Connection, acknowledged: Iterable[int]) -> int:
    """Everything acknowledged is there and nothing is half there; how many transactions landed."""
    told = set(acknowledged)  # before the look: traffic may go on meanwhile
    rows = await connection.fetch("select signature from raw.transactions")
    landed = {row["signature"] for row in rows}
    missing = {n for n in told if _signature(n) not in landed}
    assert not missing, f"{len(missing)} acknowledged trades are gone"
    assert await connection.fetchval(_HALVES) == 0
    return len(rows)


def _signature(n: int) -> str:
    return str(trade(n)["transaction"]["signatures"][0])
