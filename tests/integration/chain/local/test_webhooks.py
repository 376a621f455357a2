"""Confirmed transactions are delivered as Helius delivers them, and lost as Helius loses them."""

import asyncio
from pathlib import Path

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.support.receiver import Receiver, Verdict, receiving

from .conftest import SOL, started

SYSTEM = "11111111111111111111111111111111"
SECRET = "a-secret"
_STUBBORN = {"chain_webhook_retries": 1000}


def _hooked(folder: Path, receiver: Receiver, **changes):
    """A chain that tells about every transfer; retries after 10 ms, times out after 100 ms."""
    return started(
        folder,
        chain_webhook_url=receiver.url,
        chain_webhook_retry_ms=10,
        chain_webhook_timeout_ms=100,
        helius_auth=SECRET + ",older",
        chain_webhook_address=SYSTEM,
        **changes,
    )


async def test_a_confirmed_transaction_is_delivered_in_the_raw_shape(tmp_path: Path):
    """An array, the secret in Authorization, place and meta, and no stackHeight anywhere."""
    async with receiving() as receiver, _hooked(tmp_path, receiver) as node:
        payer = await node.funded()
        signature = await node.pay(payer, Pubkey.new_unique())
        assert signature not in receiver.signatures
        await node.advance()
        await receiver.until(lambda r: signature in r.signatures)
    item = next(i for b in receiver.bodies for i in b if signature in str(i["transaction"]))
    assert set(item) == {
        "blockTime",
        "indexWithinBlock",
        "slot",
        "version",
        "meta",
        "transaction",
    }
    assert {"err", "fee", "innerInstructions", "loadedAddresses", "logMessages"} <= set(
        item["meta"]
    )
    assert set(item["transaction"]["message"]) == {
        "header",
        "accountKeys",
        "recentBlockhash",
        "instructions",
        "addressTableLookups",
    }
    assert "stackHeight" not in str(item)
    assert set(receiver.secrets) == {SECRET}


async def test_one_slots_transactions_share_deliveries_up_to_the_batch_size(tmp_path: Path):
    """Five of one slot at two a delivery: 2 + 2 + 1, in chain order."""
    async with receiving() as receiver, _hooked(tmp_path, receiver, chain_webhook_batch=2) as node:
        payer = await node.funded()
        await receiver.until(lambda r: len(r.signatures) == 1)
        sent = [await node.pay(payer, Pubkey.new_unique()) for _ in range(5)]
        await node.advance()
        await receiver.until(lambda r: len(r.signatures) == 6)
    assert sorted(len(body) for body in receiver.bodies[1:]) == [1, 2, 2]
    assert sorted(receiver.signatures[1:]) == sorted(sent)


@pytest.mark.parametrize(
    ("verdict", "tries"),
    [
        pytest.param(lambda n: 500 if n < 3 else 200, 4, id="the third retry succeeds"),
        pytest.param(lambda _: 500, 4, id="lost after three retries"),
        pytest.param(lambda _: 400, 4, id="a 4xx is retried too"),
        pytest.param(lambda _: 403, 1, id="a 403 is not retried"),
        pytest.param(lambda n: 0.3 if n < 1 else 200, 2, id="an answer after the timeout is none"),
    ],
)
async def test_a_delivery_is_tried_as_often_as_helius_tries(
    tmp_path: Path, verdict: Verdict, tries: int
):
    """Once, then up to three more times, never for 403."""
    async with receiving(verdict) as receiver, _hooked(tmp_path, receiver) as node:
        await node.rpc("requestAirdrop", str(Keypair().pubkey()), SOL)
        await node.advance()
        await receiver.until(lambda r: len(r.bodies) == tries)
        await asyncio.sleep(0.1)
    assert len(receiver.bodies) == tries
    assert len(set(receiver.signatures)) == 1


async def test_what_was_still_owed_is_delivered_after_a_restart(tmp_path: Path):
    """A chain stopped between confirmation and delivery delivers at its next start."""
    async with receiving(lambda _: 500) as deaf, _hooked(tmp_path, deaf, **_STUBBORN) as node:
        await node.rpc("requestAirdrop", str(Keypair().pubkey()), SOL)
        await node.advance()
        await deaf.until(lambda r: len(r.bodies) > 1)
    async with receiving() as receiver, _hooked(tmp_path, receiver) as node:
        await node.advance()
        await receiver.until(lambda r: len(r.bodies) == 1)
    assert set(receiver.signatures) == set(deaf.signatures)


async def test_what_was_delivered_is_not_delivered_again_after_a_restart(tmp_path: Path):
    """The cursor is durable."""
    async with receiving() as receiver:
        async with _hooked(tmp_path, receiver) as node:
            await node.rpc("requestAirdrop", str(Keypair().pubkey()), SOL)
            await node.advance()
            await receiver.until(lambda r: len(r.bodies) == 1)
            await node.advance()
        async with _hooked(tmp_path, receiver) as node:
            payer = await node.funded()
            await receiver.until(lambda r: len(r.bodies) == 2)
    assert len(set(receiver.signatures)) == 2
    assert payer
