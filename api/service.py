"""What every route and socket of one process shares."""

from dataclasses import dataclass

from redis.asyncio import Redis

from api.answers import Answers
from api.ballots import BallotOffice
from api.cursors import Cursors
from api.database import Database
from api.freshness import AsOf, Freshness
from api.keys import KeyRing
from api.limits import Limiter
from api.markets import Directory
from api.settings import ApiSettings
from api.socket.hub import Hub
from api.tokens import Tokens
from oddsline.health import Health


@dataclass
class Service:
    """One process's parts; built at start, closed at its end."""

    settings: ApiSettings
    database: Database
    redis: Redis
    freshness: Freshness
    answers: Answers
    limiter: Limiter
    keys: KeyRing
    tokens: Tokens
    cursors: Cursors
    markets: Directory
    health: Health
    hub: Hub
    ballots: BallotOffice

    async def as_of(self) -> AsOf:
        """How fresh an answer made from now on is at least; from Postgres if the stream is silent."""
        if not self.freshness.stale:
            return self.freshness.as_of()
        row = await self.database.service_row("freshness")
        assert row is not None  # one epoch, one cursor
        return AsOf(slot=row["slot"], pos=row["pos"], lag_ms=row["lag_ms"])
