"""A private chain with markets and a database with intents: the ground a keeper works on."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import asyncpg
import prometheus_client
from solders.keypair import Keypair

from chain.decode import decode
from chain.keeper.__main__ import build
from chain.keeper.settings import KeeperSettings
from chain.local.acts import Market
from chain.local.client import SOL, Client
from chain.local.genesis import genesis
from chain.local.roles import Roles
from chain.local.settings import LOCAL_PROGRAM_ID
from chain.program.fee_schedule import FeeSchedule
from chain.program.interface import load_program
from chain.rpc import Rpc
from chain.transactions import Transaction, transaction_from
from oddsline import postgres
from oddsline.embedded.program import free_port
from oddsline.settings import PREFIX, Settings
from tests.integration.chain.local.conftest import Node, started

T = TypeVar("T")

ROLES = ("admin", "backend", "activator", "payer")
OPEN = """
insert into ops.transitions (idempotency_key, market_id, market_address, action, args, role)
values ($1, $2, $3, $4, $5, 'any') returning id
"""


@dataclass(frozen=True)
class Ground:
    """One chain, one database."""

    node: Node
    client: Client
    roles: Roles
    connection: asyncpg.Connection
    database_url: str
    home: Path

    async def propose(self, count: int = 1) -> list[Market]:
        """Markets that wait for approval."""
        creator = Keypair()
        await self.client.fund([creator], 100_000 * SOL)
        ids = [Random(f"{creator}{n}").randbytes(32).hex() for n in range(count)]
        made = (Market.create(self.client, self.roles, market_id=i, creator=creator) for i in ids)
        return [market for market, _ in await asyncio.gather(*made)]

    async def resolving(self) -> Market:
        """A market that was resolved YES a moment ago."""
        (market,) = await self.propose()
        await market.count(likes=8, dislikes=2)
        await market.approve()
        await market.activate()
        await self.node.advance(seconds=5)
        await market.resolve(market.creator, yes=True)
        return market

    async def open(
        self, market: str, action: str, args: dict[str, Any] | None = None, *, name: str = ""
    ) -> int:
        """Want something of a market's address; the intent's id."""
        key = f"{market}:{action}:{name}"
        return int(await self.connection.fetchval(OPEN, key, None, market, action, args or {}))

    async def row(self, intent: int) -> asyncpg.Record:
        return await self.connection.fetchrow("select * from ops.transitions where id = $1", intent)

    async def until(
        self, intent: int, wanted: Callable[[asyncpg.Record], bool], *, seconds: float = 30
    ) -> asyncpg.Record:
        """The intent once something holds of it."""
        return await eventually(lambda: self.row(intent), wanted, seconds=seconds)

    async def ended(self, intent: int, *, seconds: float = 30) -> asyncpg.Record:
        """The intent, done or failed."""
        return await self.until(intent, lambda r: r["state"] in ("done", "failed"), seconds=seconds)

    async def history(self, intent: int) -> list[asyncpg.Record]:
        statement = "select * from ops.transition_history where transition_id = $1 order by id"
        return await self.connection.fetch(statement, intent)

    async def order(self, **faults: Any) -> None:
        """Have the node misbehave; without arguments it is honest."""
        await self.node.http.post(f"{self.node.url}/_local/faults", content=json.dumps(faults))

    async def struck(self) -> dict[str, int]:
        """Which faults struck, how often."""
        answer = await self.node.http.get(f"{self.node.url}/_local/faults")
        found: dict[str, int] = answer.json()["struck"]
        return found

    async def fork(self, depth: int, *, replace: float = 0) -> dict[str, list[str]]:
        """Drop the newest slots; what fell off and what landed again."""
        body = json.dumps({"depth": depth, "replace": replace})
        fallen = await self.node.http.post(f"{self.node.url}/_local/fork", content=body)
        found: dict[str, list[str]] = fallen.json()
        return found

    def settings(self, **changes: Any) -> KeeperSettings:
        """A keeper's own, impatient settings."""
        keys = {f"keypair_{role}": self.home / "keys" / f"{role}.json" for role in ROLES}
        values = {
            "database_url": self.database_url,
            "redis_url": "redis://nowhere/0",
            "rpc_url": self.node.url,
            "program_id": LOCAL_PROGRAM_ID,
            "keeper_port": free_port(),
            "keeper_poll_ms": 30,
            "keeper_rebroadcast_ms": 100,
            "keeper_lease_s": 1,
            "keeper_finality_s": 0.1,
            "log_level": "ERROR",
            **keys,
        }
        return KeeperSettings.model_validate(values | changes)

    def environment(self, **changes: Any) -> dict[str, str]:
        """The same for a process."""
        given = self.settings(**changes).model_dump(exclude_none=True, exclude_defaults=True)
        return {PREFIX + name.upper(): str(value) for name, value in given.items()}

    @asynccontextmanager
    async def keeping(
        self, *, rpc: Rpc | None = None, second: Rpc | None = None, **changes: Any
    ) -> AsyncIterator[None]:
        """A keeper at work in this process, on the real node unless told otherwise."""
        settings = self.settings(**changes)
        pool = await postgres.open_pool(self.database_url, name="keeper", max_size=4)
        stop = asyncio.Event()
        work = asyncio.create_task(build(settings, pool, rpc or self.client.rpc, second).run(stop))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait([work], timeout=10)
            pool.terminate()


@asynccontextmanager
async def ground(
    database_url: str, home: Path, *, dispute_period: int = 1, **chain: Any
) -> AsyncIterator[Ground]:
    """Quick slots, roles with money, a program with its configuration."""
    quick = {"chain_slot_ms": 20, "chain_finalized_after": 8} | chain
    async with started(home / "chain", **quick) as node, Rpc(node.url) as rpc:
        urls = {"database_url": database_url, "redis_url": "redis://nowhere/0"}
        roles = Roles.of(Settings.model_validate({"home": home, **urls}))
        client = Client(rpc, load_program(LOCAL_PROGRAM_ID))
        await genesis(client, roles, dispute_period=dispute_period)
        connection = await postgres.connect(database_url, name="test")
        try:
            yield Ground(node, client, roles, connection, database_url, home)
        finally:
            await connection.close()


async def eventually(
    look: Callable[[], Awaitable[T]], wanted: Callable[[T], bool], *, seconds: float = 30
) -> T:
    """What a look finds, once something holds of it."""
    async with asyncio.timeout(seconds):
        while True:
            if wanted(found := await look()):
                return found
            await asyncio.sleep(0.02)


async def executed(client: Client, address: str) -> Counter[str]:
    """How often each event happened to a market, by the chain's own history."""
    counts: Counter[str] = Counter()
    for info in await client.rpc.get_signatures_for_address(address):
        tx = transaction_from(await client.rpc.get_transaction(info.signature))
        assert isinstance(tx, Transaction)
        counts.update(event.name for event in decode(tx, client.program, FeeSchedule()).events)
    return counts


def metric(name: str, **labels: str) -> float | None:
    """What this process's metrics say now; None before the first word."""
    return prometheus_client.REGISTRY.get_sample_value(name, labels)


def signatures(history: Sequence[asyncpg.Record]) -> list[str]:
    """Every signature an intent was sent under, in order."""
    sent = (row["detail"] for row in history if row["to_state"] == "sent")
    return list(dict.fromkeys(detail["signature"] for detail in sent if "signature" in detail))


def is_final(row: asyncpg.Record) -> bool:
    """Done, and nothing can undo it."""
    return bool(row["state"] == "done" and row["not_before"].year > 9000)


async def fell_off(world: Ground, signature: str, slot: int) -> None:
    """Fork from a slot on; slots pass while we say so, hence again until it fell."""
    retracted: list[str] = []
    while signature not in retracted:
        head = await world.client.rpc.get_slot("processed")
        retracted += (await world.fork(head - slot))["retracted"]
