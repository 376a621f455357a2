"""The stream dies in every place: between commit and publish, with Redis emptied or grown younger.

Real fold processes, a Redis of their own and two API processes' worth of followers by the Python
client: each ends with every trade of its market exactly once, and was never told to start over.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.application import parts
from api.settings import ApiSettings
from ingestion.fold.publisher import Publisher
from oddsline import cache, postgres
from oddsline.client import follow
from oddsline.embedded.program import free_port
from oddsline.embedded.valkey import EmbeddedValkey
from oddsline.settings import PREFIX
from tests.integration.api.sockets import serving
from tests.support.events import Chain, Event, Market, P, land
from tests.support.intake import until

pytestmark = pytest.mark.slow

MARKETS, CLIENTS = 2, 4


@dataclass
class Follower:
    """What one client was told of one market."""

    market: Market
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def run(self, where: str) -> None:
        async for message in follow(f"ws://{where}/ws", self.market.id):
            self.messages.append(message)

    @property
    def trades(self) -> list[str]:
        told = (m["data"]["trade_id"] for m in self.messages if m["type"] == "trade:executed")
        return list(told)


@dataclass
class Stream:
    """A line from landing to two API processes, with its Redis to break."""

    owner: asyncpg.Connection
    valkey: EmbeddedValkey
    env: dict[str, str]
    markets: list[Market]
    followers: list[Follower] = field(default_factory=list)
    landed: dict[str, list[Event]] = field(default_factory=dict)

    async def trade(self, n: int) -> None:
        """Land n trades of each market."""
        for _ in range(n):
            events = [market.bought(1, P) for market in self.markets]
            await land(self.owner, events)
            for market, event in zip(self.markets, events, strict=True):
                self.landed.setdefault(market.id, []).append(event)

    @asynccontextmanager
    async def fold(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """`python -m ingestion.fold`, killed at the end."""
        env = self.env | {f"{PREFIX}FOLD_PORT": str(free_port())}
        command = [sys.executable, "-m", "ingestion.fold"]
        process = await asyncio.create_subprocess_exec(
            *command, env=env, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def folded(self) -> None:
        """Wait until all that landed is in the outbox."""
        total = "select count(*) from live.outbox where type = 'trade:executed'"
        expected = sum(map(len, self.landed.values()))

        async def all_there() -> bool:
            return await self.owner.fetchval(total) == expected

        await until(all_there)

    async def assert_all_told(self) -> None:
        """Each follower ends with every trade of its market, once, and never started over."""

        async def complete() -> bool:
            return all(
                len(one.trades) >= len(self.landed.get(one.market.id, ())) for one in self.followers
            )

        await until(complete)
        for one in self.followers:
            expected = [f"{e.signature}:0.0.0" for e in self.landed.get(one.market.id, ())]
            assert one.trades == expected
            assert not any(message.get("reset") for message in one.messages)


@pytest.fixture
async def stream(database: str, logins: dict[str, str], tmp_path: Path) -> AsyncIterator[Stream]:
    """Two API processes' worth of sockets, each with followers of each market, all subscribed."""
    owner = await postgres.connect(database, name="test")
    folder = tmp_path / "valkey"
    with EmbeddedValkey(folder, free_port(), "secret", append_only=False) as valkey:
        env = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        env |= {f"{PREFIX}DATABASE_URL": database, f"{PREFIX}REDIS_URL": valkey.url()}
        chain = Chain()
        one = Stream(owner, valkey, env, [Market(chain, n) for n in range(MARKETS)])
        await land(owner, [market.created() for market in one.markets])
        async with one.fold():
            await until(lambda: owner.fetchval(f"select count(*) = {MARKETS} from live.outbox"))
        settings = ApiSettings(
            home=tmp_path,
            database_url=database,
            authenticator_url=logins["authenticator"],
            service_url=logins["service"],
            redis_url=valkey.url(),
            jwt_key="a secret that only this test knows and keeps",
            drain_s=0,
        )
        async with (
            parts(settings) as here, serving(here) as where,
            parts(settings) as there, serving(there) as elsewhere,
        ):  # fmt: skip
            one.followers = [Follower(one.markets[n % MARKETS]) for n in range(CLIENTS)]
            tasks = [
                asyncio.create_task(follower.run((where, elsewhere)[n // MARKETS]))
                for n, follower in enumerate(one.followers)
            ]
            await until(_all(one.followers))
            yield one
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    await owner.close()


def _all(followers: list[Follower]) -> Any:
    async def subscribed() -> bool:
        return all(follower.messages for follower in followers)

    return subscribed


async def test_a_fold_killed_between_commit_and_publish_tells_it_after_its_return(stream: Stream):
    """Redis takes no writes while it folds, so that it dies with all committed and nothing told."""
    redis = cache.commands(stream.env[f"{PREFIX}REDIS_URL"], name="test")
    async with stream.fold() as victim:
        await stream.trade(3)
        await stream.assert_all_told()
        await redis.execute_command("client", "pause", "60000", "write")
        await stream.trade(5)
        await stream.folded()
        assert not any(len(one.trades) > 3 for one in stream.followers)
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
    await redis.execute_command("client", "unpause")
    await redis.aclose()
    async with stream.fold():
        await stream.trade(2)
        await stream.assert_all_told()


async def test_an_emptied_redis_costs_nobody_a_trade(stream: Stream):
    """Between messages, and while some are on their way."""
    redis = cache.commands(stream.env[f"{PREFIX}REDIS_URL"], name="test")
    async with stream.fold():
        await stream.trade(3)
        await redis.flushall()
        await stream.trade(3)
        await stream.assert_all_told()
        await redis.flushall()
        await stream.trade(3)
        await stream.assert_all_told()
    await redis.aclose()


async def test_a_redis_that_comes_back_older_is_told_what_it_forgot(stream: Stream):
    """Killed, and restarted from a picture that is some trades old."""
    redis = cache.commands(stream.env[f"{PREFIX}REDIS_URL"], name="test")
    async with stream.fold():
        await stream.trade(3)
        await stream.assert_all_told()
        await redis.save()
        await stream.trade(4)
        await stream.assert_all_told()
        assert stream.valkey.process is not None
        stream.valkey.process.kill()
        await asyncio.to_thread(stream.valkey.process.wait)
        await stream.trade(2)
        await asyncio.to_thread(stream.valkey.start)
        await stream.trade(2)
        await stream.assert_all_told()
    await redis.aclose()


async def test_two_publishers_at_once_tell_each_trade_once(stream: Stream):
    """One that believes itself the leader still, beside the one that is."""
    redis = cache.commands(stream.env[f"{PREFIX}REDIS_URL"], name="test")
    outbox = await postgres.connect(stream.env[f"{PREFIX}DATABASE_URL"], name="publisher")
    second = Publisher(outbox, redis, keep=1000)
    await second.start()
    async with stream.fold():
        for _ in range(10):
            await stream.trade(1)
            await second.publish_all()
        await stream.assert_all_told()
    await outbox.close()
    await redis.aclose()
