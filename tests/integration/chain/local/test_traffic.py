"""Traffic reaches its goals by the accounts' word, whatever the node says."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

from solders.keypair import Keypair

from chain.local.client import Client
from chain.local.genesis import genesis
from chain.local.roles import Roles
from chain.local.settings import LOCAL_PROGRAM_ID
from chain.local.traffic import Markets, Sender, Trades
from chain.program.interface import load_program
from chain.program.states import State
from chain.rpc import Rpc

from .conftest import Node, started

PROGRAM = load_program(LOCAL_PROGRAM_ID)
#: Everything a send or a question can meet, all at once.
TROUBLE = {
    "seed": 7,
    "drop_send": 0.1,
    "land_and_time_out": 0.1,
    "fork": 0.1,
    "fork_depth": 4,
    "storm": 0.05,
    "episode_slots": 2,
    "hide_error": 0.5,
}


async def test_markets_are_opened_traded_in_and_settled_on_a_lying_chain(tmp_path: Path):
    """Four markets, sixty trades, two of the markets to the end."""
    async with (
        started(tmp_path, chain_slot_ms=40, chain_finalized_after=8) as node,
        Rpc(node.url) as rpc,
    ):
        roles = Roles(*(Keypair() for _ in Roles._fields))
        config = await genesis(Client(rpc, PROGRAM), roles, dispute_period=1)
        assert await _order(node, TROUBLE)
        markets = Markets(Sender(rpc), PROGRAM, roles, count=4, random=Random(1))
        await markets.open()
        trades = Trades(markets, config.protocol_fee_wallet, random=Random(2))
        await trades.run(per_second=100, seconds=0.2, least=60, most_s=60)
        assert trades.landed >= 60
        await _order(node, {})
        await markets.settle(markets.addresses[:2])
        states = [m.state for m in (await markets.read()).values() if m]
    assert states == [State.FINALIZED, State.FINALIZED, State.ACTIVE, State.ACTIVE]


async def _order(node: Node, plan: Mapping[str, object]) -> bool:
    answer = await node.http.post(f"{node.url}/_local/faults", json=plan)
    return answer.status_code == 200
