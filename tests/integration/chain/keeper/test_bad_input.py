"""What a keeper meets that nobody planned: each ends by name, and by the account's word."""

from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair

from chain.local.acts import Market
from chain.local.client import SOL
from chain.local.genesis import genesis
from chain.program import instructions
from chain.program.states import State
from chain.rpc import Rpc
from chain.rpc_types import Simulation
from tests.support.keeping import Ground, executed

NO_COUNTS = {"dispute_agree": None, "dispute_disagree": None}


async def finalize(world: Ground, market: Market) -> int:
    return await world.open(market.address, "finalize_market", NO_COUNTS)


async def test_an_account_that_is_gone(world: Ground):
    """Nothing is signed for a market that is none."""
    intent = await world.open(str(Keypair().pubkey()), "finalize_market", NO_COUNTS)

    async with world.keeping():
        failed = await world.ended(intent)

    assert (failed["error_name"], failed["error_class"]) == ("AccountGone", "Permanent")
    assert failed["signature"] is None


class Overtaken(Rpc):
    """The real node, on which somebody else acts just before our first bytes arrive."""

    def __init__(self, url: str, market: Market) -> None:
        super().__init__(url)
        self._market, self._acted = market, False

    async def send_transaction(self, wire: bytes, *, skip_preflight: bool = True) -> str:
        if not self._acted:
            self._acted = True
            await self._market.finalize()
        return await super().send_transaction(wire, skip_preflight=skip_preflight)


@pytest.mark.parametrize("hide_error", [0, 1])
async def test_a_state_that_somebody_else_moved_in_between(world: Ground, hide_error: int):
    """Our transaction lands and fails, whatever the status says of it: what was wanted is so."""
    market = await world.resolving()
    await world.node.advance(seconds=10)
    intent = await finalize(world, market)

    async with Overtaken(world.node.url, market) as rpc:
        await world.order(hide_error=hide_error)
        async with world.keeping(rpc=rpc):
            done = await world.ended(intent)
        await world.order()

    own = await world.client.rpc.get_transaction(done["signature"])
    assert own is not None
    assert own["meta"]["err"] is not None
    assert done["state"] == "done"
    assert (await executed(world.client, market.address))["MarketFinalized"] == 1


class Behind(Rpc):
    """A node whose accounts lag: it tells three more times what was before somebody else acted."""

    def __init__(self, url: str, market: Market, moment: str) -> None:
        super().__init__(url)
        self._market, self._moment = market, moment
        self._known: Any = None
        self._stale = 0

    async def _meanwhile(self, moment: str) -> None:
        if moment == self._moment:
            self._moment, self._stale = "past", 3
            await self._market.finalize()

    async def simulate_transaction(self, wire: bytes, **options: Any) -> Simulation:
        await self._meanwhile("the trial")
        return await super().simulate_transaction(wire, **options)

    async def send_transaction(self, wire: bytes, *, skip_preflight: bool = True) -> str:
        await self._meanwhile("the sending")
        return await super().send_transaction(wire, skip_preflight=skip_preflight)

    async def get_multiple_accounts(self, *asked: Any, **options: Any) -> Any:
        if self._stale:
            self._stale -= 1
        else:
            self._known = await super().get_multiple_accounts(*asked, **options)
        return self._known


@pytest.mark.parametrize("moment", ["the trial", "the sending"])
async def test_a_state_that_somebody_else_moved_and_the_node_does_not_know_yet(
    world: Ground, moment: str
):
    """An account older than the failure says nothing about it: it is read again."""
    market = await world.resolving()
    await world.node.advance(seconds=10)
    intent = await finalize(world, market)

    async with Behind(world.node.url, market, moment) as rpc, world.keeping(rpc=rpc):
        ended = await world.ended(intent)

    assert (ended["state"], ended["error_name"]) == ("done", None)
    assert (await executed(world.client, market.address))["MarketFinalized"] == 1


async def test_a_state_that_somebody_else_moved_elsewhere(world: Ground):
    """A dispute came in between: a plain finalization means nothing any more and is not sent."""
    market = await world.resolving()
    dispute = instructions.initiate_dispute(
        world.client.program, market=market.address, initiator=str(market.creator.pubkey())
    )
    await genesis(world.client, world.roles, dispute_period=1000)
    await world.node.advance(seconds=2)
    await world.client.send(dispute, signers=[market.creator])
    intent = await finalize(world, market)

    async with world.keeping():
        failed = await world.ended(intent)

    assert (failed["error_name"], failed["error_class"]) == ("InvalidMarketState", "Permanent")
    assert "DISPUTED" in failed["error_detail"]
    assert failed["signature"] is None


async def test_a_paused_protocol_keeps_no_market_from_its_end(world: Ground):
    """The program's pause stops trading; what is due goes on."""
    market = await world.resolving()
    await world.node.advance(seconds=10)
    admin = world.roles.admin
    pause = instructions.emergency_pause(world.client.program, admin=str(admin.pubkey()))
    await world.client.send(pause, signers=[admin])
    intent = await finalize(world, market)

    async with world.keeping():
        done = await world.ended(intent)

    assert done["state"] == "done"
    assert (await market.account()).state is State.FINALIZED


async def test_an_unfunded_payer(world: Ground, tmp_path: Path):
    """Nothing is signed; once somebody has funded it the same intent lands."""
    market = await world.resolving()
    await world.node.advance(seconds=10)
    payer = Keypair()
    path = tmp_path / "new_payer.json"
    path.write_text(payer.to_json())
    intent = await finalize(world, market)

    async with world.keeping(keypair_payer=path):
        failed = await world.ended(intent)
        await world.client.fund([payer], SOL)
        await world.connection.execute("update ops.transitions set state = 'open'")
        done = await world.ended(intent)

    assert (failed["error_name"], failed["error_class"]) == ("AccountNotFound", "Transient")
    assert failed["signature"] is None
    assert (done["state"], done["error_name"]) == ("done", None)


class Newer(Rpc):
    """A node whose program was upgraded: it refuses with a code that no interface of ours has."""

    async def simulate_transaction(self, wire: bytes, **_: Any) -> Simulation:
        return Simulation(err={"InstructionError": [2, {"Custom": 6999}]})


async def test_an_unknown_error_code(world: Ground):
    """It keeps its number as its name and is nobody's certainty: retried, then a person's."""
    market = await world.resolving()
    intent = await finalize(world, market)

    async with Newer(world.node.url) as rpc, world.keeping(rpc=rpc):
        failed = await world.ended(intent)

    assert (failed["error_name"], failed["error_class"]) == ("Custom6999", "Unknown")
    assert failed["signature"] is None


async def test_a_configuration_that_changes_during_the_run(world: Ground):
    """Due when it was wanted; then the admin lengthens the period, which holds at once."""
    market = await world.resolving()
    await world.node.advance(seconds=10)
    intent = await finalize(world, market)
    await genesis(world.client, world.roles, dispute_period=1000)

    async with world.keeping():
        failed = await world.ended(intent)
        await world.node.advance(seconds=1000)
        await world.connection.execute("update ops.transitions set state = 'open'")
        done = await world.ended(intent)

    assert (failed["error_name"], failed["error_class"]) == ("DisputePeriodNotEnded", "Transient")
    assert failed["signature"] is None
    assert done["state"] == "done"
