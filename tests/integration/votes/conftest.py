"""A market in each voting phase, as the marts would show it, and wallets that vote on it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import asyncpg
import pytest
from redis.asyncio import Redis
from solders.keypair import Keypair

from oddsline import cache, postgres
from votes import ballot as ballots
from votes.ballot import Ballot, Domain
from votes.cache import VoteCache
from votes.intake import Intake, Receipt

DOMAIN = Domain("oddsline.test", "1" * 32, "1" * 32)
PROPOSED, DISPUTED = "aa" * 32, "bb" * 32
ROUND = {PROPOSED: "created-aa", DISPUTED: "disputed-bb"}
MARTS = """
create table marts.markets (market_id text, market_address text, state text);
create table marts.market_transitions (
    market_id text, market_address text, event text, signature text, at timestamptz, slot bigint
);
insert into marts.markets values
    ('{proposed}', 'addr-aa', 'PROPOSED'), ('{disputed}', 'addr-bb', 'DISPUTED');
insert into marts.market_transitions values
    ('{proposed}', 'addr-aa', 'MarketCreated', 'created-aa', now(), 10),
    ('{disputed}', 'addr-bb', 'MarketCreated', 'created-bb', now(), 11),
    ('{disputed}', 'addr-bb', 'DisputeInitiated', 'disputed-old', now(), 19),
    ('{disputed}', 'addr-bb', 'DisputeInitiated', 'disputed-bb', now(), 20);
grant select on all tables in schema marts to service_role;
"""


@dataclass
class Voter:
    """A wallet and the intake it posts to."""

    intake: Intake
    key: Keypair = field(default_factory=Keypair)

    def ballot(self, choice: str = "like", *, market: str = PROPOSED, later_ms: int = 0) -> Ballot:
        kind = "proposal" if choice in {"like", "dislike"} else "dispute"
        drafted = ballots.draft(
            market_id=market,
            kind=kind,
            round_=ROUND.get(market, "none"),
            choice=choice,
            wallet=str(self.key.pubkey()),
            now=datetime.now(UTC),
        )
        issued = datetime.fromtimestamp((drafted.nonce + later_ms) / 1000, UTC)
        return ballots.draft(
            market_id=market,
            kind=kind,
            round_=drafted.round,
            choice=choice,
            wallet=drafted.wallet,
            now=issued,
        )

    def sign(self, ballot: Ballot) -> str:
        return str(self.key.sign_message(ballot.text(DOMAIN).encode()))

    async def cast(self, ballot: Ballot, **options: str) -> Receipt:
        options = {"signature": self.sign(ballot), "encoding": "raw", **options}
        return await self.intake.store(await self.intake.verify(ballot, DOMAIN, **options))


@pytest.fixture
async def votes_pool(bare_database: str) -> AsyncIterator[asyncpg.Pool]:
    owner = await postgres.connect(bare_database, name="test")
    await owner.execute(MARTS.format(proposed=PROPOSED, disputed=DISPUTED))
    await owner.close()

    async def become_service(connection: asyncpg.Connection) -> None:
        await connection.execute("set role service_role")

    pool = await postgres.open_pool(bare_database, name="votes", setup=become_service)
    yield pool
    await pool.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = cache.commands(redis_url, name="test")
    yield client
    await client.aclose()


@pytest.fixture
async def intake(votes_pool: asyncpg.Pool, redis: Redis) -> AsyncIterator[Intake]:
    intake = Intake(votes_pool, VoteCache(redis))
    await intake.start()
    yield intake
    await intake.stop()


@pytest.fixture
def voter(intake: Intake) -> Voter:
    return Voter(intake)
