"""Confirmed is not final: what a fork takes back is done again, once, or stands after all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chain.program.states import State
from tests.support.keeping import (
    Ground,
    executed,
    fell_off,
    ground,
    is_final,
    metric,
    signatures,
)

APPROVE = {"likes": 8, "dislikes": 2}


@pytest.fixture
async def slow(bare_database: str, tmp_path: Path) -> AsyncIterator[Ground]:
    """Confirmed at once, final after sixty slots: time for a fork."""
    async with ground(bare_database, tmp_path, chain_finalized_after=60) as made:
        yield made


async def test_done_is_final_once_the_finalized_account_shows_it(world: Ground):
    (market,) = await world.propose()
    intent = await world.open(market.address, "approve_proposal", APPROVE)

    async with world.keeping():
        await world.until(intent, is_final)

    history = [row["to_state"] for row in await world.history(intent)]
    assert history == ["leased", "sent", "done"]


async def test_a_transaction_that_fell_off_a_fork_lands_again_with_the_same_bytes(slow: Ground):
    """Its blockhash is older than the fork: the bytes are good, and nothing is signed anew."""
    (market,) = await slow.propose()
    intent = await slow.open(market.address, "approve_proposal", APPROVE)
    before = metric("oddsline_keeper_fallen_total", action="approve_proposal") or 0

    async with slow.keeping():
        done = await slow.ended(intent)
        await fell_off(slow, done["signature"], done["landed_slot"])
        ended = await slow.until(intent, is_final)

    assert ended["landed_slot"] > done["landed_slot"]
    assert signatures(await slow.history(intent)) == [done["signature"]]
    counts = await executed(slow.client, market.address)
    assert counts["ProposalApproved"] == counts["ProposalAggregated"] == 1
    assert metric("oddsline_keeper_fallen_total", action="approve_proposal") == before + 1


async def test_one_whose_blockhash_fell_with_it_is_signed_anew_after_proof(slow: Ground):
    """The old bytes can never land: expired by finalized height, then once more, and once only."""
    (market,) = await slow.propose()
    await slow.node.advance(10)
    intent = await slow.open(market.address, "approve_proposal", APPROVE)

    async with slow.keeping():
        done = await slow.ended(intent)
        await fell_off(slow, done["signature"], done["landed_slot"] - 8)
        ended = await slow.until(intent, is_final)

    assert ended["signature"] != done["signature"]
    moves = [(row["from_state"], row["to_state"]) for row in await slow.history(intent)]
    assert moves.count(("done", "sent")) == 1
    assert ("sent", "leased") in moves
    counts = await executed(slow.client, market.address)
    assert counts["ProposalApproved"] == counts["ProposalAggregated"] == 1


async def test_what_somebody_else_did_and_a_fork_undid_is_done_by_us(slow: Ground):
    """The intent was done by his transaction, which is gone: it is open again."""
    (market,) = await slow.propose()
    await market.count(likes=8, dislikes=2)
    await slow.node.advance(5)
    theirs = await market.approve()
    intent = await slow.open(market.address, "approve_proposal")

    async with slow.keeping():
        done = await slow.ended(intent)
        await fell_off(slow, theirs.signature, theirs.slot)
        ended = await slow.until(intent, is_final)

    assert done["signature"] is None
    assert ended["signature"] is not None
    assert (await market.account()).state is State.APPROVED
    assert (await executed(slow.client, market.address))["ProposalApproved"] == 1
