"""A profile's whole load on one line at the same time: trades on chain, sockets, reads, ballots.

Trades are signed and sent to the line's local chain, whose webhooks bring them in; every market is
followed by as many sockets; ballots are posted in bursts on connections of their own, as so many
wallets would; reads are due at fixed moments. Generators of reads and the sockets' clients are
processes of their own. The markets stay on the line afterwards.
"""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from random import Random
from typing import Any

import asyncpg

from benchmarks.load import posting, processes, reads
from benchmarks.load.crowd import Voted
from benchmarks.load.processes import Swarm
from benchmarks.load.profile import MARGIN, Profile, Round
from benchmarks.load.sights import Deliveries, Vitals, standing
from benchmarks.load.usage import Meter
from chain.local.client import Client
from chain.local.roles import Roles
from chain.local.traffic import Markets, Sender, Trades
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline import postgres
from oddsline.line import Line
from oddsline.settings import Settings
from votes.ballot import Domain


@dataclass(frozen=True)
class Poll:
    """The market that ballots are for."""

    market_id: str
    domain: Domain
    round_: str


@dataclass(frozen=True)
class Load:
    """A profile on a line, everything open; each round goes on from the last."""

    line: Line
    profile: Profile
    pool: asyncpg.Pool
    markets: Markets
    trades: Trades
    poll: Poll
    deliveries: Deliveries
    meter: Meter

    async def play(self, seconds: float) -> Round:
        """Everything at once for so long."""
        before = await standing(self.pool, self.poll.market_id)
        await self.deliveries.begin()
        vitals = Vitals(self.line, Meter(self.meter.pids))
        rate = reads.offered(self.profile)
        async with asyncio.TaskGroup() as tasks:
            answered = tasks.create_task(
                asyncio.to_thread(reads.load, self.line, self.markets, rate, seconds)
            )
            voted = tasks.create_task(asyncio.to_thread(self._vote, seconds))
            tasks.create_task(self._trade(seconds))
            tasks.create_task(vitals.watch(seconds))
        told = await self.deliveries.end(before.pos)
        after = await standing(self.pool, self.poll.market_id)
        outcome, ballots_of = answered.result(), voted.result()
        return Round(
            seconds=seconds,
            requests=outcome.requests,
            request_errors=outcome.errors,
            request_ms=outcome.took_ms,
            requests_per_minute=60 * outcome.per_s,
            ballots=ballots_of.posted,
            ballot_ms=ballots_of.took_ms,
            ballots_stored=after.ballots - before.ballots,
            refused=ballots_of.refused,
            events=after.events - before.events,
            connected=self.profile.sockets,
            cut=told.cut,
            expected=told.expected,
            delivered=told.delivered,
            table_ms=told.table_ms,
            told_ms=told.told_ms,
            hop_ms=told.hop_ms,
            lag_ms=vitals.lag_ms,
            asked=vitals.asked,
            ready=vitals.ready,
            usage=vitals.meter.usage(),
        )

    async def _trade(self, seconds: float) -> None:
        rate = MARGIN * self.profile.events_per_s
        await self.trades.run(per_second=rate, seconds=seconds, least=0)

    def _vote(self, seconds: float) -> Voted:
        """Ballots by their own process; one that fails has none taken."""
        spec = {
            "host": self.line.config.host,
            "port": self.line.config.ports["api"],
            "key": self.line.service_key,
            "market_id": self.poll.market_id,
            "domain": astuple(self.poll.domain),
            "round_": self.poll.round_,
            "at_once": self.profile.ballots_at_once,
            "burst_s": self.profile.burst_s,
            "seconds": seconds,
        }
        try:
            return Voted(**processes.generate("benchmarks.load.crowd", spec))
        except subprocess.CalledProcessError as error:
            return Voted(self.profile.ballots_at_once, [], [str(error)])


@asynccontextmanager
async def opened(line: Line, profile: Profile) -> AsyncIterator[Load]:
    """Markets opened and followed, a market to vote on; sockets are cut at the end."""
    known, chance = line.settings(Settings), Random(time.time_ns())
    program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
    pool = await postgres.open_pool(line.database_url, name="load", max_size=2)
    try:
        async with Rpc(line.url("chain")) as rpc:
            config = await Client(rpc, program).config()
            markets = Markets(
                Sender(rpc), program, Roles.of(known), count=profile.markets, random=chance
            )
            await markets.open()
            market_id = await posting.proposed(line)
            domain, round_ = await posting.asked(line, market_id)
            swarm = Swarm(_sockets(line, profile, markets))
            await asyncio.to_thread(swarm.__enter__)
            try:
                yield Load(
                    line=line,
                    profile=profile,
                    pool=pool,
                    markets=markets,
                    trades=Trades(markets, config.protocol_fee_wallet, random=chance),
                    poll=Poll(market_id, domain, round_),
                    deliveries=Deliveries(pool, swarm, markets.ids, profile.sockets),
                    meter=Meter.of(line.config.ports),
                )
            finally:
                swarm.__exit__()
    finally:
        await pool.close()


def _sockets(line: Line, profile: Profile, markets: Markets) -> dict[str, Any]:
    return {
        "port": line.config.ports["api"],
        "path": "/ws",
        "connections": profile.sockets,
        "markets": markets.ids,
        "mark": '"prev_seq"',
        "stamp": r'"pos" ?: ?(\d+)',
        "probes": profile.markets,
        "headers": {"X-API-Key": line.service_key},
    }
