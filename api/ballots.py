"""Ballots behind the API: what they are bound to, who takes them, what is public about them."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
from redis.asyncio import Redis

from api import problems
from api.database import Database
from api.limits import WINDOW_S
from api.problems import Problem
from api.settings import ApiSettings
from votes.ballot import Domain
from votes.cache import VoteCache
from votes.intake import Intake
from votes.problems import BallotRefusedError
from votes.proofs import Proofs

REMEMBERED_WALLETS = 50_000


class Newcomers:
    """Wallets that this process has not heard of for a minute: their first ballot costs no question.

    A wallet mostly votes once. What a limit over all processes can be off by is thus one ballot
    a process, no more than what leases are off by elsewhere.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[str, float] = {}

    def greet(self, wallet: str) -> bool:
        """Whether this is the first ballot of a wallet within a minute; the second is not."""
        now = self._clock()
        if now < self._heard.get(wallet, 0.0):
            return False
        if len(self._heard) >= REMEMBERED_WALLETS:
            self._heard.clear()
        self._heard[wallet] = now + WINDOW_S
        return True

    def forget(self, wallet: str) -> None:
        """Its next ballot is its first again."""
        self._heard.pop(wallet, None)


class BallotOffice:
    """Takes ballots for one process."""

    def __init__(self, settings: ApiSettings, intake: Intake) -> None:
        self._settings = settings
        self.intake = intake
        self.proofs = Proofs()
        self.newcomers = Newcomers()
        self._domain: Domain | None = None

    async def domain(self) -> Domain:
        """What ballots are bound to; the chain is asked for its genesis hash once.

        Raises:
            Problem: 503, the program is not configured or the chain does not answer.
        """
        if self._domain is None:
            if self._settings.program_id is None:
                raise problems.unavailable("Votes are not open: ODDSLINE_PROGRAM_ID is not set.")
            genesis = await self._genesis()
            self._domain = Domain(self._settings.domain, genesis, self._settings.program_id)
        return self._domain

    async def _genesis(self) -> str:
        call = {"jsonrpc": "2.0", "id": 1, "method": "getGenesisHash"}
        try:
            async with httpx2.AsyncClient(timeout=3) as client:
                answer = await client.post(self._settings.chain_url, json=call)
                return str(answer.raise_for_status().json()["result"])
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            raise problems.unavailable("The chain does not answer just now.") from error


@asynccontextmanager
async def office(
    settings: ApiSettings, database: Database, redis: Redis
) -> AsyncIterator[BallotOffice]:
    """A ballot office, open while the block runs; ballots on their way are stored at its end."""
    intake = Intake(database.service, VoteCache(redis))
    await intake.start()
    try:
        yield BallotOffice(settings, intake)
    finally:
        await intake.stop()


def refused(error: BallotRefusedError) -> Problem:
    """A refusal as the API words it."""
    return Problem(error.problem.status, error.problem.type, error.detail)
