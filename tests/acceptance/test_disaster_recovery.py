"""PostgreSQL restored to some seconds ago while the market trades, as an operator does it."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import asyncpg
import httpx
import pytest
from solders.keypair import Keypair

from benchmarks import ballots
from benchmarks.load import posting
from chain.local.roles import Roles
from chain.local.traffic import Markets, Sender, Trades
from chain.program.interface import load_program
from chain.rpc import Rpc
from ingestion.commands.verify import against_chain
from oddsline.client import Rest, follow
from oddsline.line import Line
from oddsline.settings import Settings
from tests.support.commands import oddsline
from votes.ballot import Domain

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SERVICES = ("ingestion", "fold", "api", "keeper")
MARKETS = 3


@dataclass
class Copy:
    """What a client of one market holds: trades it read over REST, then those it was told."""

    read: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    epochs: list[str] = field(default_factory=list)

    @property
    def trades(self) -> set[str]:
        return self.read | set(self.told)


@dataclass
class Reads:
    """The longest time for which reads were away, in seconds."""

    away: float = 0.0

    async def watch(self, url: str) -> None:
        last = time.monotonic()
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=1) as client:
            while True:
                try:
                    ok = (await client.get("/markets?limit=1")).status_code == httpx.codes.OK
                except httpx.HTTPError:
                    ok = False
                if ok:
                    self.away, last = max(self.away, time.monotonic() - last), time.monotonic()
                await asyncio.sleep(0.6)  # the limit of callers without a key


async def test_a_restore_under_traffic_loses_no_trade_and_names_the_lost_ballots(
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    """Ledger: the tail comes back. Ballots: the later one is named. Clients: a new epoch, all once."""
    async with Line.private(durable=False) as line, Rpc(line.url("chain")) as rpc:
        markets = await _open(line, rpc)
        poll = await _poll(line)
        copies = {market_id: Copy() for market_id in markets.ids}
        following = [asyncio.create_task(_follow(line, *one)) for one in copies.items()]
        reads = Reads()
        following.append(asyncio.create_task(reads.watch(line.url("api"))))
        trading = asyncio.create_task(_trade(line, markets, seconds=600))
        early, late = Keypair(), Keypair()

        await _vote(line, poll, early)
        await _until(lambda: all(len(copy.told) > 20 for copy in copies.values()))
        archive = await _command(line, "backup")
        taken = await _count(line, "select count(*) from raw.events")
        await _vote(line, poll, late)
        await _until(lambda: all(len(copy.told) > 60 for copy in copies.values()))
        said = await _command(line, "restore", archive, "--yes")
        for name in SERVICES:
            await asyncio.to_thread(line.kill, name)
        await asyncio.sleep(0.5)  # the watch must have seen it before it is asked
        await asyncio.to_thread(line.wait_ready)
        await _until(lambda: all(len(copy.epochs) == 2 for copy in copies.values()))
        await asyncio.sleep(2)
        trading.cancel()
        await asyncio.gather(trading, return_exceptions=True)

        report = await against_chain(line, patience_s=60)
        fetched = "select count(*) from raw.transactions where source = 'backfill'"
        assert await _count(line, fetched) > 0
        assert await _count(line, "select count(*) from raw.events") > taken
        held = await _trades(line)
        await _until(lambda: {m: copy.trades for m, copy in copies.items()} == held)
        lost = json.loads((line.config.home / "backups" / "lost-ballots.json").read_text())
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        record_testsuite_property("reads_away_s", round(reads.away, 1))
        record_testsuite_property("events_in_backup", taken)

    assert report.exit_code == 0, report
    assert [ballot["wallet"] for ballot in lost] == [str(late.pubkey())]
    assert "1 ballots counted anew" in said
    for copy in copies.values():
        assert len(copy.told) == len(set(copy.told))  # since the reset, each once
        assert len(set(copy.epochs)) == 2


async def _open(line: Line, rpc: Rpc) -> Markets:
    program = load_program(line.plan.environment["ODDSLINE_PROGRAM_ID"])
    roles = Roles.of(line.settings(Settings))
    markets = Markets(Sender(rpc), program, roles, count=MARKETS, random=Random(5))
    await markets.open()
    return markets


async def _trade(line: Line, markets: Markets, seconds: float) -> None:
    fees = str(Roles.of(line.settings(Settings)).fees.pubkey())
    trades = Trades(markets, fees, random=Random(6))
    await trades.run(per_second=30, seconds=seconds, least=0)


async def _follow(line: Line, market_id: str, copy: Copy) -> None:
    url = line.url("api").replace("http", "ws") + "/ws"
    async for message in follow(url, market_id, key=line.service_key):
        if message["type"] in {"subscribed", "resync"}:  # a late trade is read, not told
            if message["type"] == "subscribed":
                copy.epochs.append(message["epoch"])
                copy.told.clear()
            copy.read = await asyncio.to_thread(_listed, line, market_id)
        elif message["type"] == "trade:executed":
            copy.told.append(message["data"]["trade_id"])


def _listed(line: Line, market_id: str) -> set[str]:
    rest = Rest(line.url("api"), key=line.service_key)
    try:
        return {row["trade_id"] for row in rest.pages(f"/trades/{market_id}", limit=100)}
    finally:
        rest.close()


async def _poll(line: Line) -> tuple[str, Domain, str]:
    market_id = await posting.proposed(line)
    return (market_id, *await posting.asked(line, market_id))


async def _vote(line: Line, poll: tuple[str, Domain, str], key: Keypair) -> None:
    market_id, domain, round_ = poll
    poster = await posting.Poster.open(line, market_id)
    (body,) = ballots.bodies(domain, market_id, round_, [key])
    await poster.post(body)
    poster.writer.close()


async def _command(line: Line, *arguments: str) -> str:
    done = await asyncio.to_thread(oddsline, line, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


async def _until(wanted: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not wanted():  # noqa: ASYNC110 other processes make it true
            await asyncio.sleep(0.1)


async def _count(line: Line, statement: str) -> int:
    connection = await asyncpg.connect(line.database_url)
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()


async def _trades(line: Line) -> dict[str, set[str]]:
    connection = await asyncpg.connect(line.database_url)
    try:
        rows = await connection.fetch(
            "select m.market_id, array_agg(t.trade_id) as ids from marts.trades as t"
            " inner join marts.markets as m on m.market_address = t.market_address group by 1"
        )
    finally:
        await connection.close()
    return {row["market_id"]: set(row["ids"]) for row in rows}
