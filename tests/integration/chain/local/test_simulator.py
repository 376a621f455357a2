"""The simulator's people make markets, trade and settle by themselves."""

from collections import Counter
from pathlib import Path
from random import Random

import httpx2
from solders.keypair import Keypair

from chain.local.client import Client
from chain.local.genesis import genesis
from chain.local.roles import Roles
from chain.local.settings import LOCAL_PROGRAM_ID
from chain.local.simulator.choice import Act, Pace
from chain.local.simulator.people import People
from chain.program.accounts import MarketAccount, UserPosition, read_account
from chain.program.interface import load_program
from chain.program.states import State
from chain.rpc import Rpc

from .conftest import started

PROGRAM = load_program(LOCAL_PROGRAM_ID)


async def test_a_market_lives_from_creation_to_claims(tmp_path: Path):
    """Two markets with a life of two seconds: soon one is settled and others trade."""
    admin, backend, payer, fees = (Keypair() for _ in range(4))
    roles = Roles(admin, backend, activator=admin, payer=payer, fees=fees)
    nowhere = httpx2.AsyncClient(base_url="http://127.0.0.1:1")  # without a grace nobody votes
    async with started(tmp_path, chain_slot_ms=20) as node, Rpc(node.url) as rpc, nowhere:
        client = Client(rpc, PROGRAM)
        await genesis(client, roles, dispute_period=1)
        wallets = [Keypair() for _ in range(3)]
        people = People(client, roles, wallets, Pace(2, 2, 1, 0), dice=Random(3), api=nowhere)
        done: Counter[Act] = Counter()
        while not (done[Act.SETTLE] and done[Act.TRADE] > 5):
            done[(await people.move()).act] += 1
            assert done.total() < 300
        _, accounts = await rpc.get_program_accounts(LOCAL_PROGRAM_ID)
        found = [read_account(PROGRAM, account.data) for account in accounts.values()]

    states = Counter(account.state for account in found if isinstance(account, MarketAccount))
    assert states[State.FINALIZED] >= 1
    assert sum(a.trades_count for a in found if isinstance(a, UserPosition)) >= 5
    assert done[Act.CREATE] >= 2
