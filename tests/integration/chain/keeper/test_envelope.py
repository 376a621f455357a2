"""The safety envelope on a real chain: what a keeper may spend, sign, say and leave alone."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair
from typer.testing import CliRunner

from chain.program.states import State
from chain.rpc import Rpc
from chain.rpc_types import Statuses
from oddsline.cli import load
from tests.support.keeping import Ground, eventually, executed, metric, signatures

APPROVE = {"likes": 8, "dislikes": 2}


async def wanted(world: Ground) -> tuple[Any, int]:
    (market,) = await world.propose()
    return market, await world.open(market.address, "approve_proposal", APPROVE)


async def test_a_shadow_keeper_says_what_it_would_do_and_does_nothing(world: Ground):
    """One that would be sent, one that the chain shows done, one that fails."""
    market, would_send = await wanted(world)
    (done,) = await world.propose()
    await done.count(**APPROVE)
    await done.approve()
    nothing = await world.open(done.address, "approve_proposal")
    fails = await world.open(market.address, "activate_market")

    async with world.keeping(keeper_shadow=True):
        said = {}
        for intent in (would_send, nothing, fails):
            history = await eventually(partial(world.history, intent), bool)
            said[intent] = [row["detail"]["shadow"] for row in history]

    assert said == {
        would_send: [{"would": "send"}],
        nothing: [{"would": "nothing"}],
        fails: [{"would": "fail", "error": "InvalidMarketState"}],
    }
    assert (await world.row(would_send))["state"] == "open"
    assert (await world.row(would_send))["signature"] is None
    assert (await market.account()).state is State.PROPOSED


async def test_a_dropped_transaction_is_signed_anew_only_after_it_has_expired(world: Ground):
    """Forced expiry: the history proves it by a finalized height past the last valid one."""
    market, intent = await wanted(world)
    await world.order(drop_send=1)

    async with world.keeping():
        first = (await world.until(intent, lambda row: row["state"] == "sent"))["signature"]
        await world.until(intent, lambda row: row["signature"] not in (None, first))
        await world.order()
        done = await world.ended(intent)

    assert done["state"] == "done"
    history = await world.history(intent)
    (proof,) = [
        r["detail"] for r in history if (r["from_state"], r["to_state"]) == ("sent", "leased")
    ]
    assert proof["expired"] == first
    assert proof["finalized_height"] > proof["last_valid"]
    assert len(signatures(history)) == 2
    assert (await executed(world.client, market.address))["ProposalApproved"] == 1


class Behind(Rpc):
    """A second node that has not seen as far as the first: its silence proves nothing."""

    caught_up = False
    asked = 0

    async def get_signature_statuses(self, signatures: Any, *, search_history: bool = False) -> Any:
        type(self).asked += 1
        found = await super().get_signature_statuses(signatures, search_history=search_history)
        return found if self.caught_up else Statuses(found.slot - 10_000, found.statuses)


async def test_a_second_node_that_is_behind_keeps_the_first_from_calling_it_expired(world: Ground):
    """Both must have searched as far as the height that proves it."""
    _, intent = await wanted(world)
    await world.order(drop_send=1)

    async with Behind(world.node.url) as second, world.keeping(second=second):
        sent = await world.until(intent, lambda row: row["state"] == "sent")
        await world.until(intent, lambda _: Behind.asked > 5)
        still = await world.row(intent)
        await world.order()
        second.caught_up = True
        done = await world.ended(intent)

    assert (still["state"], still["signature"]) == ("sent", sent["signature"])
    assert done["state"] == "done"


async def test_past_the_days_budget_nothing_is_signed(world: Ground):
    """It fails by name and may pass tomorrow."""
    _, intent = await wanted(world)

    async with world.keeping(keeper_daily_budget_lamports=4_999):
        failed = await world.ended(intent)

    assert (failed["error_name"], failed["error_class"]) == ("FeeBudgetSpent", "Transient")
    assert failed["signature"] is None
    assert metric("oddsline_keeper_budget_left_lamports") == 4_999


async def test_the_budget_counts_what_was_signed_not_what_landed(world: Ground):
    """The second intent finds the first one's fee spent."""
    _, first = await wanted(world)
    async with world.keeping():
        spent = int((await world.ended(first))["fee_lamports"])
    _, second = await wanted(world)

    async with world.keeping(keeper_daily_budget_lamports=spent + 4_999):
        failed = await world.ended(second)

    assert failed["error_name"] == "FeeBudgetSpent"
    assert metric("oddsline_keeper_budget_left_lamports") == 4_999


async def assert_told(name: str, wanted: dict[str, int]) -> None:
    """Wait until the keeper says this of each role."""

    async def now() -> dict[str, float | None]:
        return {role: metric(name, role=role) for role in wanted}

    await eventually(now, lambda found: found == wanted)


async def test_a_low_balance_is_told_by_role(world: Ground, tmp_path: Path):
    """A key without money, among others that have some."""
    poor = tmp_path / "poor.json"
    poor.write_text(Keypair().to_json())

    async with world.keeping(keypair_payer=poor):
        await assert_told("oddsline_keeper_balance_low", {"payer": 1, "admin": 0})
    async with world.keeping():
        await assert_told("oddsline_keeper_balance_low", {"payer": 0, "admin": 0})


async def test_a_key_that_the_configuration_does_not_name_is_told_and_signs_nothing(
    world: Ground, tmp_path: Path
):
    """The gauge is what an alert watches; the intent fails by name."""
    stranger = tmp_path / "stranger.json"
    stranger.write_text(Keypair().to_json())
    _, intent = await wanted(world)

    async with world.keeping(keypair_backend=stranger):
        failed = await world.ended(intent)
        await assert_told("oddsline_keeper_authority_mismatch", {"backend": 1, "admin": 0})
    async with world.keeping():
        await assert_told("oddsline_keeper_authority_mismatch", {"backend": 0, "admin": 0})

    assert (failed["error_name"], failed["error_class"]) == ("AuthorityMismatch", "Permanent")
    assert failed["signature"] is None


async def test_paused_it_takes_up_nothing_until_resumed(
    world: Ground, monkeypatch: pytest.MonkeyPatch
):
    """By the command an operator types; the status says why."""
    monkeypatch.setenv("ODDSLINE_DATABASE_URL", world.database_url)
    monkeypatch.setenv("ODDSLINE_REDIS_URL", "redis://nowhere/0")

    async def said(*arguments: str) -> str:
        command = load("keeper")
        done = await asyncio.to_thread(CliRunner().invoke, command, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    async def claimed_nothing() -> float | None:
        return metric("oddsline_keeper_paused")

    await said("pause", "the node is being replaced")
    _, intent = await wanted(world)
    async with world.keeping():
        await eventually(claimed_nothing, bool)
        status = await said("status")
        untouched = await world.row(intent)
        await said("resume")
        done = await world.ended(intent)

    assert "paused: the node is being replaced" in status
    assert "open 1" in status
    assert (untouched["state"], untouched["attempts"]) == ("open", 0)
    assert done["state"] == "done"
