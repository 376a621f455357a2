"""A private chain misbehaves on order, seeded and counted, and is honest otherwise."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.support.receiver import receiving

from .conftest import SOL, Node, RpcFailed, started, transferred
from .test_webhooks import SYSTEM


async def _order(node: Node, **plan: Any) -> dict[str, Any]:
    answer = await node.http.post(f"{node.url}/_local/faults", json=plan)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _struck(node: Node) -> dict[str, int]:
    return (await node.http.get(f"{node.url}/_local/faults")).json()["struck"]


async def _fork(node: Node, depth: int, again: float = 0) -> dict[str, list[str]]:
    body = {"depth": depth, "replace": again}
    return (await node.http.post(f"{node.url}/_local/fork", json=body)).json()


async def test_faults_are_closed_on_a_chain_that_is_not_private(tmp_path: Path):
    """404, as if there were no such route."""
    async with started(tmp_path, chain_private=False) as node:
        for path in ("warp", "faults", "fork"):
            assert (await node.http.post(f"{node.url}/_local/{path}")).status_code == 404


@pytest.mark.parametrize("plan", [{"drop": 2}, {"drop": "x"}, {"no_such": 1}, []])
async def test_a_plan_that_makes_no_sense_is_refused(node: Node, plan: Any):
    """422, and nothing changes."""
    answer = await node.http.post(f"{node.url}/_local/faults", json=plan)
    assert answer.status_code == 422


async def test_a_fork_takes_transactions_and_accounts_back(node: Node):
    """What fell off never happened: not in status, lists, blocks or balances."""
    payer, to = await node.funded(), Pubkey.new_unique()
    kept = await node.pay(payer, to)
    await node.advance()
    dead_slot = await node.rpc("getSlot", {"commitment": "processed"})
    lost = await node.pay(payer, to, 2 * SOL)
    await node.advance()
    assert await _fork(node, 1) == {"retracted": [lost], "replaced": []}
    await node.advance(2)
    statuses = await node.rpc(
        "getSignatureStatuses", [kept, lost], {"searchTransactionHistory": True}
    )
    assert [status and status["err"] for status in statuses["value"]] == [None, None]
    assert statuses["value"][1] is None
    options = {"commitment": "confirmed"}
    assert await node.rpc("getTransaction", lost, options) is None
    listed = await node.rpc("getSignaturesForAddress", str(to), options)
    assert [row["signature"] for row in listed] == [kept]
    with pytest.raises(RpcFailed) as gone:
        await node.rpc("getBlock", dead_slot, {**options, "transactionDetails": "none"})
    assert gone.value.code == -32007
    assert (await node.client.get_balance(to)).value == SOL
    assert (await node.client.get_balance(payer.pubkey())).value == 99 * SOL - 5000


async def test_a_fork_lands_transactions_again_in_another_slot(node: Node):
    """The same signature, a later slot, once in every list, also after a restart."""
    payer, to = await node.funded(), Pubkey.new_unique()
    await node.advance()
    tx = await node.signed(payer, transferred(payer, to))
    await node.advance(2)
    first = str((await node.client.send_transaction(tx)).value)
    slot = await node.rpc("getSlot", {"commitment": "processed"})
    await node.advance()
    assert await _fork(node, 2, again=1) == {"retracted": [], "replaced": [first]}
    await node.advance(4)
    told = await node.rpc("getTransaction", first, {"maxSupportedTransactionVersion": 0})
    assert told["slot"] > slot
    listed = await node.rpc("getSignaturesForAddress", str(to))
    assert [row["signature"] for row in listed] == [first]
    assert (await node.client.get_balance(to)).value == SOL


async def test_a_fork_survives_a_restart(tmp_path: Path):
    """Neither accounts nor lists remember what fell off."""
    async with started(tmp_path) as node:
        payer, to = await node.funded(), Pubkey.new_unique()
        lost = await node.pay(payer, to)
        await node.advance()
        assert (await _fork(node, 2))["retracted"] == [lost]
        await node.pay(payer, to, 3 * SOL)
        await node.advance()
    async with started(tmp_path) as node:
        assert (await node.client.get_balance(to)).value == 3 * SOL
        listed = await node.rpc("getSignaturesForAddress", str(to), {"commitment": "confirmed"})
        assert len(listed) == 1
        assert await node.rpc("getTransaction", lost, {"commitment": "confirmed"}) is None


async def test_a_fork_cannot_reach_finalized_slots(node: Node):
    """However deep, only what is above the finalized slot falls off."""
    payer, to = await node.funded(), Pubkey.new_unique()
    final = await node.pay(payer, to)
    await node.advance(3)
    loose = await node.pay(payer, to, 2 * SOL)
    assert (await _fork(node, 1000))["retracted"] == [loose]
    await node.advance()
    assert (await node.rpc("getTransaction", final, {"maxSupportedTransactionVersion": 0}))["slot"]


async def test_logs_are_truncated_by_the_vm_itself(node: Node):
    """The literal line, in the transaction and only while ordered."""
    payer = await node.funded()
    await _order(node, truncate_logs=1, truncate_bytes=10)
    cut = await node.pay(payer, Pubkey.new_unique())
    await _order(node)
    whole = await node.pay(payer, Pubkey.new_unique())
    await node.advance()
    logs = [
        (await node.rpc("getTransaction", s, _CONFIRMED))["meta"]["logMessages"]
        for s in (cut, whole)
    ]
    assert "Log truncated" in logs[0]
    assert "Log truncated" not in logs[1]


async def test_a_dropped_send_is_answered_and_lands_nowhere(node: Node):
    """The signature comes back; the chain never heard of it."""
    payer, to = await node.funded(), Pubkey.new_unique()
    await _order(node, drop_send=1)
    signature = await node.pay(payer, to)
    await node.advance(2)
    assert (await node.rpc("getSignatureStatuses", [signature]))["value"] == [None]


async def test_a_send_can_land_and_time_out(node: Node):
    """504 for the caller, a confirmed transaction for the chain."""
    payer, to = await node.funded(), Pubkey.new_unique()
    tx = await node.signed(payer, transferred(payer, to))
    await _order(node, land_and_time_out=1)
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "sendTransaction",
        "params": [base64.b64encode(bytes(tx)).decode(), {"encoding": "base64"}],
    }
    assert (await node.http.post(node.url, json=call)).status_code == 504
    await node.advance(1)
    assert (await node.client.get_balance(to)).value == SOL


async def test_a_lying_node_tells_the_slot_for_the_height_hides_errors_and_indexes(node: Node):
    """Each lie is told only where it was ordered, and counted."""
    payer = await node.funded(SOL)
    tx = await node.signed(payer, transferred(payer, Pubkey.new_unique(), 9 * SOL))
    wire = base64.b64encode(bytes(tx)).decode()
    options = {"encoding": "base64", "skipPreflight": True}
    failed = await node.rpc("sendTransaction", wire, options)
    await node.advance()
    await _order(node, height_is_slot=1, hide_error=1, no_index=1)
    assert await node.rpc("getBlockHeight") > 447_000_000
    assert (await node.rpc("getSignatureStatuses", [failed]))["value"][0]["err"] is None
    address = str(payer.pubkey())
    listed = await node.rpc("getSignaturesForAddress", address, {"commitment": "confirmed"})
    assert all("transactionIndex" not in row for row in listed)
    page = await node.rpc("getTransactionsForAddress", address)
    assert all("transactionIndex" not in row for row in page["data"])
    assert await _struck(node) == {"height_is_slot": 1, "hide_error": 1, "no_index": 2}
    await _order(node)
    assert (await node.rpc("getSignatureStatuses", [failed]))["value"][0]["err"] is not None


async def test_a_storm_answers_429_for_a_while_and_passes(node: Node):
    """With Retry-After; over after its slots."""
    await _order(node, storm=1, episode_slots=2)
    await node.advance()
    answer = await node.http.post(node.url, json={"method": "getSlot", "id": 1})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    await _order(node)
    await node.advance(1)
    assert await node.rpc("getSlot")


async def test_a_lagging_node_knows_only_what_is_old(node: Node):
    """Slots, accounts, statuses and health are all behind, consistently."""
    payer, to = await node.funded(), Pubkey.new_unique()
    await node.advance(4)
    signature = await node.pay(payer, to)
    await node.advance()
    slot = await node.rpc("getSlot", {"commitment": "processed"})
    await _order(node, lag=1, lag_slots=3, episode_slots=1)
    await node.advance()
    assert await node.rpc("getSlot", {"commitment": "processed"}) == slot + 1 - 3
    assert (await node.rpc("getSignatureStatuses", [signature]))["value"] == [None]
    assert (await node.client.get_balance(to)).value == 0
    with pytest.raises(RpcFailed) as behind:
        await node.rpc("getHealth")
    assert behind.value.code == -32005
    assert behind.value.data["numSlotsBehind"] == 3


async def _delivered(
    folder: Path, count: int, **plan: Any
) -> tuple[list[str], list[list[dict[str, Any]]]]:
    """Send so many transfers of one slot under a plan; what was sent and what arrived."""
    async with (
        receiving() as receiver,
        started(
            folder,
            chain_webhook_url=receiver.url,
            chain_webhook_retry_ms=1,
            chain_webhook_address=SYSTEM,
        ) as node,
    ):
        payer = await node.funded()
        await receiver.until(lambda r: len(r.bodies) == 1)
        await _order(node, **plan)
        sent = [await node.pay(payer, Keypair().pubkey()) for _ in range(count)]
        await node.advance()
        await asyncio.sleep(0.3)
        return sent, receiver.bodies[1:]


def _signatures(bodies: list[list[dict[str, Any]]]) -> list[str]:
    return [i["transaction"]["signatures"][0] for body in bodies for i in body]


@pytest.mark.parametrize("kind", ["drop", "lose"])
async def test_a_lost_delivery_never_arrives(tmp_path: Path, kind: str):
    """Neither the silent loss nor the third strike reaches the receiver."""
    _, bodies = await _delivered(tmp_path, 3, **{kind: 1})
    assert bodies == []


async def test_duplicated_split_and_shuffled_deliveries_bring_everything_twice(tmp_path: Path):
    """Other arrays, another order, every transaction twice."""
    sent, bodies = await _delivered(tmp_path, 8, seed=3, duplicate=1, split=1, shuffle=1)
    arrived = _signatures(bodies)
    assert sorted(arrived) == sorted(sent * 2)
    assert arrived[:8] != sent
    assert len(bodies) == 4


async def test_a_hollow_item_has_no_transaction(tmp_path: Path):
    """As Helius was seen to send it: meta and slot, but no `transaction`."""
    _, bodies = await _delivered(tmp_path, 2, hollow=1)
    assert [set(item) & {"transaction", "slot"} for item in bodies[0]] == [{"slot"}, {"slot"}]


async def test_a_delayed_delivery_arrives_late_but_arrives(tmp_path: Path):
    """Within the ordered delay."""
    sent, bodies = await _delivered(tmp_path, 2, delay=1, delay_s=0.05)
    assert sorted(_signatures(bodies)) == sorted(sent)


_CONFIRMED = {"commitment": "confirmed", "maxSupportedTransactionVersion": 0}
