"""However a recorded session is delivered, the same rows are stored and the same marts folded."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair

from chain.local.client import Client
from chain.local.genesis import genesis
from chain.local.roles import Roles
from chain.local.settings import LOCAL_PROGRAM_ID
from chain.local.traffic import Markets, Sender, Trades
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline import postgres
from tests.conftest import Servers, clone
from tests.integration.chain.local.conftest import started
from tests.integration.ingestion.conftest import running
from tests.integration.ingestion.conftest import settings as intake
from tests.support.marts import assert_equals_rebuild, fold
from tests.support.receiver import receiving

Item = dict[str, Any]

#: Raw's tables, and what of a row is a circumstance of its arrival.
TABLES = ("transactions", "payloads", "events", "instructions")
CIRCUMSTANCES = ["seq", "received_at"]


class Kept(NamedTuple):
    """What a session left: rows by raw table and by mart, as counts and hashes."""

    raw: dict[str, tuple[int, str]]
    marts: dict[str, int]
    hashes: dict[str, str]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Item]:
    """Two markets from genesis to claims on the real program, as its webhook told them."""
    return asyncio.run(_record(tmp_path_factory.mktemp("chain")))


async def _record(folder: Path) -> list[Item]:
    program = load_program(LOCAL_PROGRAM_ID)
    roles = Roles(*(Keypair() for _ in Roles._fields))
    async with (
        receiving() as receiver,
        started(folder, chain_slot_ms=30, chain_webhook_url=receiver.url) as node,
        Rpc(node.url) as rpc,
    ):
        config = await genesis(Client(rpc, program), roles, dispute_period=1)
        markets = Markets(Sender(rpc), program, roles, count=2, random=Random(5))
        await markets.open()
        trades = Trades(markets, config.protocol_fee_wallet, random=Random(6))
        await trades.run(per_second=100, seconds=0.1, least=30, most_s=60)
        await markets.settle(markets.addresses)
        told = -1
        while told < len(receiver.signatures):
            told = len(receiver.signatures)
            await asyncio.sleep(0.5)
    return [item for body in receiver.bodies for item in body]


@pytest.fixture(scope="module")
def orderly(recorded: list[Item], servers: Servers, template: str) -> Kept:
    """The session delivered once, in order, in one array."""
    kept = asyncio.run(_deliver(servers, template, [(recorded, True)]))
    assert kept.raw["events"][0] > 60
    assert kept.marts["trades"] >= 30
    assert kept.marts["markets"] == 2
    return kept


@st.composite
def disorder(draw: st.DrawFn, count: int) -> list[tuple[list[int], bool]]:
    """Deliveries as positions in the session, each with whether the fold runs after it.

    All items in any order, some of them again, cut anywhere; what comes after a fold is late.
    """
    order = draw(st.permutations(range(count)))
    again = draw(st.lists(st.integers(0, count - 1), max_size=count // 3))
    places = [*order, *again]
    cuts = sorted(draw(st.sets(st.integers(1, len(places) - 1), max_size=12)))
    bounds = zip([0, *cuts], [*cuts, len(places)], strict=True)
    return [(places[low:high], draw(st.booleans())) for low, high in bounds]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_disorder_of_a_recorded_session_gives_the_same_rows(
    data: st.DataObject, recorded: list[Item], orderly: Kept, servers: Servers, template: str
) -> None:
    """Shuffled, repeated, split, late: equal raw rows but for seq, byte-equal marts."""
    deliveries = data.draw(disorder(len(recorded)))
    told = [([recorded[place] for place in places], folds) for places, folds in deliveries]

    kept = asyncio.run(_deliver(servers, template, told))

    assert kept == orderly


async def _deliver(
    servers: Servers, template: str, deliveries: Sequence[tuple[list[Item], bool]]
) -> Kept:
    """Post each delivery to an intake on a fresh database and fold; what is there in the end."""
    for name in clone(servers, template):
        url = servers.postgres_url(name)
        connection = await postgres.connect(url, name="test")
        try:
            async with running(intake(url, program_id=LOCAL_PROGRAM_ID)) as client:
                for items, folds in deliveries:
                    answer = await client.post("/webhooks/helius", content=orjson.dumps(items))
                    assert answer.status_code == 200
                    if folds:
                        await fold(connection, rows=50)
            await fold(connection)
            return await _kept(connection)
        finally:
            await connection.close()
    raise AssertionError("no database was made")


async def _kept(connection: asyncpg.Connection) -> Kept:
    marts = await assert_equals_rebuild(connection)
    raw = {name: await _digest(connection, f"raw.{name}") for name in TABLES}
    hashes = {name: (await _digest(connection, f"marts.{name}"))[1] for name in marts}
    return Kept(raw, marts, hashes)


async def _digest(connection: asyncpg.Connection, relation: str) -> tuple[int, str]:
    """Count and hash of a table's rows, whatever their order."""
    row = await connection.fetchrow(
        "select count(*), md5(coalesce(string_agg(said, e'\\n' order by said), '')) from ("
        f" select (to_jsonb(t) - $1::text[])::text as said from {relation} as t) as rows",
        CIRCUMSTANCES,
    )
    assert row is not None
    return row[0], row[1]
