"""From a posted ballot to a receipt: verify, store with others in one commit, then cache."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import redis.exceptions
import structlog

from votes import ballot as ballots
from votes import store
from votes.ballot import Ballot, Domain
from votes.cache import CachedBallot, VoteCache
from votes.problems import BallotRefusedError, Problem
from votes.store import Phase, Stored, VerifiedBallot

log = structlog.get_logger()

#: Which state of the market each kind of vote is open in.
OPEN_STATE = {"proposal": "PROPOSED", "dispute": "DISPUTED"}
#: Ballots that one commit may carry; beyond it latency grows faster than throughput.
BATCH = 500
#: A crowd voting on one market asks for its phase this often, not once a ballot.
PHASE_AGE_S = 0.2
REMEMBERED_PHASES = 10_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the voter gets; posting the same bytes again gets the same."""

    seq: int
    received_at: datetime
    repeated: bool


@dataclass(slots=True)
class _Waiting:
    ballot: VerifiedBallot
    stored: asyncio.Future[Stored]


class Intake:
    """Takes ballots; group commit: those that arrive during one commit form the next.

    Args:
        pool: connections that may become `service_role`.
        cache: the Redis copy; its absence delays nothing and loses nothing.
    """

    def __init__(self, pool: asyncpg.Pool, cache: VoteCache) -> None:
        self._pool = pool
        self._cache = cache
        self._phases: dict[str, tuple[Phase, float]] = {}
        self._looking: dict[str, asyncio.Task[Phase | None]] = {}
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(maxsize=10_000)
        self._writer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._writer = asyncio.create_task(self._write(), name="ballot-writer")

    async def stop(self) -> None:
        """Store what is waiting, then end."""
        await self._waiting.join()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def verify(
        self,
        ballot: Ballot,
        domain: Domain,
        *,
        signature: str,
        encoding: str,
        signed_text: str | None = None,
    ) -> VerifiedBallot:
        """Check one ballot: what is not as it must be is refused.

        Args:
            ballot: what was posted, the market by its id.
            domain: what it must be bound to.
            signature: base58.
            encoding: `raw` or `ocms`.
            signed_text: the text the client says it signed; lets refusals name the difference.

        Raises:
            BallotRefusedError: it may not be stored.
            asyncpg.PostgresError, OSError: storage is away; the client may post again.
        """
        ballots.check_choice(ballot)
        ballots.check_times(ballot, now=datetime.now(UTC))
        phase = await self.phase(ballot.market_id)
        if phase is None:
            raise BallotRefusedError(Problem.UNKNOWN_MARKET, f"no market {ballot.market_id}")
        if signed_text is not None:
            ballots.check_text(signed_text, ballot, domain)
        signed = ballots.signed_bytes(ballot, domain, signature=signature, encoding=encoding)
        return VerifiedBallot(
            ballot=ballot,
            market_address=phase.market_address,
            opened_slot=check_phase(ballot, phase),
            encoding=encoding,
            signed_bytes=signed,
            signature=signature,
        )

    async def known(self, verified: VerifiedBallot) -> Receipt | None:
        """Return the receipt of these very bytes if they are stored already."""
        async with self._pool.acquire() as connection:
            earlier = await store.earlier(connection, verified)
        return None if earlier is None else Receipt(*earlier, repeated=True)

    async def store(self, verified: VerifiedBallot) -> Receipt:
        """Store one ballot with others that came meanwhile; the same bytes twice are stored once.

        Raises:
            BallotRefusedError: the wallet has cast a newer one; nothing was stored.
            asyncpg.PostgresError, OSError: storage is away; the client may post again.
        """
        waiting = _Waiting(verified, asyncio.get_running_loop().create_future())
        await self._waiting.put(waiting)
        stored = await waiting.stored
        if stored.outcome == "stale":
            raise BallotRefusedError(
                Problem.STALE_NONCE,
                f"this wallet's last nonce here is {stored.last_nonce}; a newer ballot needs a "
                "greater one",
            )
        return Receipt(stored.seq, stored.received_at, repeated=stored.outcome == "same")

    async def phase(self, market_id: str) -> Phase | None:
        """Return what is open in a market, as it was at most PHASE_AGE_S ago.

        A ballot that slips in after a decision is listed as late, never counted.
        """
        known = self._phases.get(market_id)
        if known is not None and time.monotonic() < known[1]:
            return known[0]
        # A crowd that comes at once asks once; one that gives up does not take the answer along.
        looking = self._looking.get(market_id)
        if looking is None:
            looking = asyncio.create_task(self._look(market_id), name="ballot-phase")
            self._looking[market_id] = looking
            looking.add_done_callback(lambda _: self._looking.pop(market_id, None))
        return await asyncio.shield(looking)

    async def _look(self, market_id: str) -> Phase | None:
        now = time.monotonic()
        async with self._pool.acquire() as connection:
            phase = await store.phase(connection, market_id)
        if phase is not None:
            if len(self._phases) > REMEMBERED_PHASES:
                self._phases.clear()
            self._phases[market_id] = (phase, now + PHASE_AGE_S)
        return phase

    async def _write(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._settle(batch)
            for _ in batch:
                self._waiting.task_done()

    async def _settle(self, batch: list[_Waiting]) -> None:
        try:
            async with self._pool.acquire() as connection:
                stored = await store.cast(connection, [waiting.ballot for waiting in batch])
        except Exception as error:  # noqa: BLE001 - each waiting request answers it
            for waiting in batch:
                if not waiting.stored.done():
                    waiting.stored.set_exception(error)
            return
        # The cache first, so that a voter who has the receipt finds the vote in the count.
        await self._fill_cache(batch, stored)
        for waiting, one in zip(batch, stored, strict=True):
            if not waiting.stored.done():
                waiting.stored.set_result(one)

    async def _fill_cache(self, batch: list[_Waiting], stored: list[Stored]) -> None:
        accepted = [
            cached(waiting.ballot)
            for waiting, one in zip(batch, stored, strict=True)
            if one.outcome == "accepted"
        ]
        if not accepted:
            return
        try:
            await self._cache.apply(accepted)
        except (redis.exceptions.RedisError, OSError) as error:
            # The scheduled comparison finds the difference and rebuilds.
            log.warning("ballots_not_cached", count=len(accepted), error=str(error))


def check_phase(ballot: Ballot, phase: Phase) -> int:
    """Refuse a ballot outside its voting phase or for an old round; return the round's slot."""
    if phase.state != OPEN_STATE[ballot.kind]:
        raise BallotRefusedError(
            Problem.WRONG_PHASE,
            f"the market is {phase.state}; {ballot.kind} votes need {OPEN_STATE[ballot.kind]}",
        )
    current = phase.rounds[ballot.kind]
    if ballot.round != current:
        raise BallotRefusedError(Problem.WRONG_ROUND, f"the open round is {current}")
    return phase.opened_slots[ballot.kind] or 0


def cached(verified: VerifiedBallot) -> CachedBallot:
    """What the cache keeps of a stored ballot."""
    ballot = verified.ballot
    return CachedBallot(
        market_id=ballot.market_id,
        kind=ballot.kind,
        round=ballot.round,
        opened_slot=verified.opened_slot,
        wallet=ballot.wallet,
        nonce=ballot.nonce,
        choice=ballot.choice,
    )
