"""kill -9 of the keeper before and after each of its durable steps, one after another."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest

from chain.local.acts import Market
from chain.transactions import transaction_from
from oddsline.embedded.program import free_port
from tests.crash.keeper_run import STEPS, Step, durable, main
from tests.support.dying import FORKS
from tests.support.keeping import Ground, executed, fell_off, ground, is_final, signatures

COUNTS = {"likes": 8, "dislikes": 2}
#: A blockhash's life and a little; slots between `confirmed` and `finalized`.
LIFE, UNTIL_FINAL = 152, 60
CHANGES: dict[str, dict[str, Any]] = {
    "is away": {"rpc_url": f"http://127.0.0.1:{free_port()}"},
    "fails": {"keeper_daily_budget_lamports": 0},
}


def test_every_durable_call_of_the_keepers_is_one_of_the_steps():
    """One that somebody adds must be killed at as well."""
    assert durable() | {"send_transaction"} == {step.call for step in STEPS}


class Doomed:
    """A keeper that dies at a step: forked off a process that has loaded all there is to load."""

    def __init__(self, world: Ground, step: Step) -> None:
        env = world.environment(keeper_lease_s=0.5, **CHANGES.get(step.course, {}))
        self._process = FORKS.Process(target=main, args=(env, step), daemon=True)
        self._process.start()

    async def dead(self) -> None:
        await asyncio.to_thread(self._process.join, 20)
        code = self._process.exitcode
        self._process.kill()
        assert code == -signal.SIGKILL


async def drop_until_expired(world: Ground, intent: int) -> None:
    """The first bytes never land: their blockhash is dead before the node is honest again."""
    await world.until(intent, lambda row: row["state"] == "sent")
    await world.node.advance(LIFE)
    await world.order()
    await world.node.advance(UNTIL_FINAL)


async def fall(world: Ground, intent: int) -> None:
    """What was confirmed is on a fork that loses."""
    done = await world.until(intent, lambda row: row["state"] == "done")
    await fell_off(world, done["signature"], done["landed_slot"])


#: What happens to an intent while the doomed keeper works on it.
HAPPENS = {"expires": drop_until_expired, "falls": fall}


async def killed_at(world: Ground, step: Step, market: Market) -> int:
    """An intent that a keeper died over; its id."""
    intent = await world.open(market.address, "aggregate_proposal_votes", COUNTS)
    await world.order(drop_send=1 if step.course == "expires" else 0)
    doomed = Doomed(world, step)
    happening = HAPPENS.get(step.course)
    await asyncio.gather(doomed.dead(), *([happening(world, intent)] if happening else []))
    await world.order()
    return intent


async def carried_on(world: Ground, intent: int) -> None:
    """Another keeper finds what the dead one left; nobody waits out lease or pause."""
    await world.connection.execute(
        "update ops.transitions set lease_until = clock_timestamp(), not_before = clock_timestamp() "
        "where id = $1 and not_before < 'infinity'",
        intent,
    )
    async with world.keeping():
        ended = await world.ended(intent)
        if ended["state"] == "failed":  # as the monitor's retry has it
            await world.connection.execute("update ops.transitions set state = 'open'")
        await world.until(intent, lambda row: row["state"] == "done")
        await world.node.advance(UNTIL_FINAL)
        await world.until(intent, is_final)


async def landed(world: Ground, market: Market) -> set[str]:
    """Signatures of every count of a market that is on chain, failed ones too."""
    found = set()
    for info in await world.client.rpc.get_signatures_for_address(market.address):
        tx = transaction_from(await world.client.rpc.get_transaction(info.signature))
        if "Instruction: AggregateProposalVotes" in str(tx):
            found.add(info.signature)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("course", list(dict.fromkeys(step.course for step in STEPS)))
async def test_a_keeper_killed_at_any_durable_step_counts_once(
    bare_database: str, tmp_path: Path, course: str
):
    """The program takes the same count again and again, so a second one would stand on chain."""
    steps = [step for step in STEPS if step.course == course]
    async with ground(bare_database, tmp_path, chain_finalized_after=UNTIL_FINAL) as world:
        for step, market in zip(steps, await world.propose(len(steps)), strict=True):
            intent = await killed_at(world, step, market)
            await carried_on(world, intent)

            assert (await executed(world.client, market.address))["ProposalAggregated"] == 1, step
            known = set(signatures(await world.history(intent)))
            assert await landed(world, market) <= known, step
            assert (len(known) > 1) == (course == "expires"), step
