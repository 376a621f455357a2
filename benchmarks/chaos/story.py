"""A line under random faults: traffic, trouble, quiet, repair, judgement."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import asyncpg
import httpx2

from benchmarks.chaos import plans
from benchmarks.chaos.ledger import Repair, Stored, repaired, stored
from chain.local.client import Client
from chain.local.roles import Roles
from chain.local.traffic import Markets, Sender, Trades
from chain.program.interface import load_program
from chain.rpc import Rpc
from ingestion.settings import LedgerSettings
from ingestion.verify.accounts import reader
from ingestion.verify.run import Report, verify
from oddsline import postgres

Say = Callable[[str], None]

#: How long one plan of faults is in force.
PHASE_S = 8.0
#: How many seconds more what has not struck may take to strike.
LONGER_S = 30
#: What a repaired line may take: the slots become final, the ledger walks, the fold follows.
REPAIR_S = 180.0
#: What markets may take to be settled, beside the dispute period.
SETTLE_S = 120.0
#: More trades than this are not waited for longer than twice the time asked for.
PATIENCE = 2.0
MARKETS, TRADES, SETTLED = 20, 2000, 6


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    seconds: float
    markets: int = MARKETS
    trades: int = TRADES
    settled: int = SETTLED


@dataclass(frozen=True, slots=True)
class Score:
    """What a run came to."""

    struck: dict[str, int]
    sent: int
    refused: int
    trades: int
    stored: Stored
    repair: Repair
    report: Report

    @property
    def exit_code(self) -> int:
        """0 all equal; 1 a difference or a gap; 2 nothing was compared."""
        return 1 if self.repair.gaps or not self.repair.complete else self.report.exit_code


class Faults:
    """The chain's knobs."""

    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        """`url` is the chain's."""
        self._http, self._url = http, f"{url}/_local/faults"

    async def order(self, plan: plans.Plan) -> dict[str, int]:
        """Put a plan in force; what has struck so far.

        Raises:
            RuntimeError: the chain takes no faults (ODDSLINE_CHAIN_PRIVATE).
        """
        answer = await self._http.post(self._url, json=plan)
        if answer.status_code != 200:
            raise RuntimeError(f"the chain takes no faults ({answer.status_code}): {answer.text}")
        struck: dict[str, int] = answer.json()["struck"]
        return struck

    async def misbehave(self, phases: list[plans.Plan], say: Say) -> None:
        """Let one plan follow another, and at the end wait for what has not struck yet."""
        already = await self.order({})
        for number, plan in enumerate(phases, 1):
            kinds = sorted(kind for kind in plan if kind in plans.CHANCES)
            say(f"faults {number}/{len(phases)}: {', '.join(kinds)}")
            await self.order(plan)
            await asyncio.sleep(PHASE_S)
        last = phases[-1] | plans.owed(phases, await self._struck(already))
        await self.order(last | {"seed": last["seed"] ^ 1})
        for _ in range(LONGER_S):
            if not plans.owed(phases, await self._struck(already)):
                return
            await asyncio.sleep(1)

    async def _struck(self, before: Mapping[str, int]) -> Counter[str]:
        told = (await self._http.get(self._url)).json()["struck"]
        return Counter(told) - Counter(before)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a run plays: a line whose chain is private."""

    settings: LedgerSettings
    pool: asyncpg.Pool
    rpc: Rpc
    faults: Faults
    say: Say


async def run(settings: LedgerSettings, size: Size, *, seed: int, say: Say) -> Score:
    """Trouble a line and see whether it comes out right."""
    pool = await postgres.open_pool(settings.database_url, name="chaos", max_size=4)
    try:
        async with Rpc(settings.chain_url) as rpc, httpx2.AsyncClient(timeout=30) as http:
            stage = Stage(settings, pool, rpc, Faults(http, settings.chain_url), say)
            return await _play(stage, size, Random(seed))
    finally:
        await pool.close()


async def _play(stage: Stage, size: Size, random: Random) -> Score:
    program = load_program(stage.settings.program_id)
    config = await Client(stage.rpc, program).config()
    sender, roles = Sender(stage.rpc), Roles.of(stage.settings)
    markets = Markets(sender, program, roles, count=size.markets, random=random)
    trades = Trades(markets, config.protocol_fee_wallet, random=random)
    before = await stored(stage.pool)
    already = await stage.faults.order({})
    try:
        await _trouble(stage, markets, trades, size, random)
    finally:
        struck = await stage.faults.order({})

    stage.say(f"faults off; settling {size.settled} markets")
    settled = markets.addresses[: size.settled]
    await markets.settle(settled, within_s=SETTLE_S + config.dispute_period)
    stage.say("waiting until the ledger has closed every gap")
    slot = await stage.rpc.get_slot("confirmed")
    repair = await repaired(stage.pool, slot, within_s=REPAIR_S)
    await trades.look()
    stage.say("comparing marts with accounts")
    report = await verify(stage.pool, reader(stage.rpc, program), program=program.program_id)
    return Score(
        struck=dict(Counter(struck) - Counter(already)),
        sent=sender.sent,
        refused=sender.refused,
        trades=trades.landed,
        stored=(await stored(stage.pool)).since(before),
        repair=repair,
        report=report,
    )


async def _trouble(
    stage: Stage, markets: Markets, trades: Trades, size: Size, random: Random
) -> None:
    """Propose markets and trade in them while faults strike."""
    stage.say(f"proposing {size.markets} markets under cut logs and lost deliveries")
    await stage.faults.order(plans.proposing(random))
    await markets.propose()
    await stage.faults.order({})
    await markets.activate()
    await _trade(stage, trades, size, random)


async def _trade(stage: Stage, trades: Trades, size: Size, random: Random) -> None:
    """Trade while one plan of faults follows another."""
    phases = plans.trading(random, max(1, round(size.seconds / PHASE_S)))
    trouble = asyncio.create_task(stage.faults.misbehave(phases, stage.say))
    rate = max(40.0, 1.5 * size.trades / size.seconds)
    most = PATIENCE * size.seconds + 60
    try:
        await trades.run(per_second=rate, seconds=size.seconds, least=size.trades, most_s=most)
        while not trouble.done():
            await trades.run(per_second=rate, seconds=1.0, least=0)
        await trouble
    finally:
        trouble.cancel()
        with suppress(asyncio.CancelledError):
            await trouble
