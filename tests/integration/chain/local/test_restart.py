"""A restarted chain is the same chain: nothing answered is forgotten."""

from pathlib import Path

from solders.pubkey import Pubkey

from .conftest import SOL, started


async def test_a_restart_keeps_slot_accounts_history_and_genesis(tmp_path: Path):
    """Clean stop, start on the same folder."""
    async with started(tmp_path) as node:
        payer, to = await node.funded(), Pubkey.new_unique()
        final = await node.pay(payer, to)
        await node.advance(4)
        await node.advance(seconds=3600)
        fresh = await node.pay(payer, to, 2 * SOL)
        before = [await node.rpc(m) for m in ("getGenesisHash", "getSlot", "getBlockHeight")]
        blockhash = str(await node.blockhash())
        time = await node.rpc("getBlockTime", before[1])
    async with started(tmp_path) as node:
        after = [await node.rpc(m) for m in ("getGenesisHash", "getSlot", "getBlockHeight")]
        assert after == before
        assert await node.rpc("getBlockTime", before[1]) == time
        assert (await node.rpc("isBlockhashValid", blockhash, {"commitment": "processed"}))["value"]
        balance = {c: await node.rpc("getBalance", str(to), {"commitment": c}) for c in _ALL}
        assert [balance[c]["value"] // SOL for c in _ALL] == [3, 1, 1]
        await node.advance()
        options = {"commitment": "confirmed"}
        listed = await node.rpc("getSignaturesForAddress", str(to), options)
        assert [row["signature"] for row in listed] == [fresh, final]
        assert listed[0]["blockTime"] - listed[1]["blockTime"] >= 3600
        block = await node.rpc("getBlock", listed[0]["slot"], {**options, **_SIGNATURES})
        assert fresh in block["signatures"]


async def test_a_restarted_chain_still_refuses_what_it_executed(tmp_path: Path):
    """The memory of signatures is not the process's."""
    from solders.transaction import VersionedTransaction

    from .conftest import transferred

    async with started(tmp_path) as node:
        payer, to = await node.funded(), Pubkey.new_unique()
        tx = await node.signed(payer, transferred(payer, to))
        await node.client.send_transaction(tx)
    async with started(tmp_path) as node:
        again = VersionedTransaction.from_bytes(bytes(tx))
        outcome = (await node.client.simulate_transaction(again)).value
        assert "AlreadyProcessed" in str(outcome.err)
        await node.pay(payer, to, 2 * SOL)
        await node.advance(4)
        assert (await node.client.get_balance(to)).value == 3 * SOL


_ALL = ("processed", "confirmed", "finalized")
_SIGNATURES = {"transactionDetails": "signatures", "rewards": False}
