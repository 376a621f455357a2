"""The local chain speaks JSON-RPC as a cluster does, to the stock client too."""

import base64

import pytest
from solana.rpc.models import TxOpts
from solders.keypair import Keypair
from solders.message import Message, MessageV1
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.transaction import VersionedTransaction

from .conftest import SOL, Node, RpcFailed, transferred

MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"


async def test_the_stock_client_sends_and_reads_a_transfer_back(node: Node):
    """A transfer lands, moves lamports and is told with balances, fee and place."""
    payer, to = await node.funded(), Pubkey.new_unique()
    signature = await node.pay(payer, to)
    await node.advance(2)
    found = await node.client.get_transaction(
        Signature.from_string(signature), max_supported_transaction_version=1
    )
    assert found.value is not None
    meta = found.value.transaction.meta
    assert meta is not None
    assert meta.post_balances == [99 * SOL - 5000, SOL, 1]
    assert meta.pre_balances == [100 * SOL, 0, 1]
    assert found.value.transaction_index == 0
    assert (await node.client.get_balance(to)).value == SOL


async def test_a_transaction_passes_from_processed_to_confirmed_to_finalized(node: Node):
    """Each commitment sees it in its turn, and accounts with it."""
    payer, to = await node.funded(), Pubkey.new_unique()
    signature = await node.pay(payer, to)
    seen = []
    for _ in range(4):
        status = (await node.rpc("getSignatureStatuses", [signature]))["value"][0]
        balances = [
            (await node.rpc("getBalance", str(to), {"commitment": c}))["value"] // SOL
            for c in ("processed", "confirmed", "finalized")
        ]
        seen.append((status["confirmationStatus"], status["confirmations"], balances))
        await node.advance()
    assert seen == [
        ("processed", 0, [1, 0, 0]),
        ("confirmed", 1, [1, 1, 0]),
        ("confirmed", 2, [1, 1, 0]),
        ("finalized", None, [1, 1, 1]),
    ]


async def test_get_transaction_knows_nothing_before_the_commitment_is_reached(node: Node):
    """null at confirmed while it is only processed, and at finalized while only confirmed."""
    payer = await node.funded()
    signature = await node.pay(payer, Pubkey.new_unique())
    options = {"maxSupportedTransactionVersion": 0, "commitment": "confirmed"}
    assert await node.rpc("getTransaction", signature, options) is None
    await node.advance()
    assert await node.rpc("getTransaction", signature, options) is not None
    finalized = {**options, "commitment": "finalized"}
    assert await node.rpc("getTransaction", signature, finalized) is None


async def test_a_version_one_transaction_executes_and_asks_its_readers_for_version_one(node: Node):
    """Readers that know only version 0 get -32015; the version decides, not the contents."""
    payer = await node.funded()
    message = MessageV1.try_compile(
        payer.pubkey(), [transferred(payer, Pubkey.new_unique())], await node.blockhash()
    )
    tx = VersionedTransaction(message, [payer])
    signature = str((await node.client.send_transaction(tx)).value)
    await node.advance(2)
    options = {"commitment": "confirmed", "maxSupportedTransactionVersion": 0}
    with pytest.raises(RpcFailed) as refused:
        await node.rpc("getTransaction", signature, options)
    assert refused.value.code == -32015
    told = await node.rpc(
        "getTransaction", signature, {**options, "maxSupportedTransactionVersion": 1}
    )
    assert told["version"] == 1
    assert "transactionConfig" in told["transaction"]["message"]


async def test_a_legacy_transaction_is_read_without_naming_a_version(node: Node):
    """And then carries no `version`."""
    payer = await node.funded()
    message = Message.new_with_blockhash(
        [transferred(payer, Pubkey.new_unique())], payer.pubkey(), await node.blockhash()
    )
    raw = bytes(VersionedTransaction(message, [payer]))
    signature = await node.rpc(
        "sendTransaction", base64.b64encode(raw).decode(), {"encoding": "base64"}
    )
    await node.advance(2)
    told = await node.rpc(
        "getTransaction", signature, {"commitment": "confirmed", "encoding": "base64"}
    )
    assert base64.b64decode(told["transaction"][0]) == raw
    assert "version" not in told


async def test_preflight_refuses_a_failing_transaction_with_its_logs(node: Node):
    """-32002 with err and logs, and the payer pays nothing."""
    payer = await node.funded(SOL)
    with pytest.raises(RpcFailed) as refused:
        await _send(node, payer, transferred(payer, Pubkey.new_unique(), 5 * SOL))
    assert refused.value.code == -32002
    assert refused.value.data["err"] == {"InstructionError": [0, {"Custom": 1}]}
    assert any("insufficient lamports" in line for line in refused.value.data["logs"])
    assert (await node.client.get_balance(payer.pubkey())).value == SOL


async def test_without_preflight_a_failing_transaction_lands_failed_and_pays(node: Node):
    """It is in a block, with its error, like on a cluster."""
    payer = await node.funded(SOL)
    instruction = transferred(payer, Pubkey.new_unique(), 5 * SOL)
    signature = await _send(node, payer, instruction, skipPreflight=True)
    await node.advance(2)
    status = (await node.rpc("getSignatureStatuses", [signature]))["value"][0]
    assert status["err"] == {"InstructionError": [0, {"Custom": 1}]}
    assert (await node.client.get_balance(payer.pubkey())).value == SOL - 5000


async def test_the_same_transaction_never_executes_twice(node: Node):
    """Refused by preflight, silently ignored without it."""
    payer, to = await node.funded(), Pubkey.new_unique()
    tx = await node.signed(payer, transferred(payer, to))
    await node.client.send_transaction(tx)
    await node.advance(2)
    with pytest.raises(RpcFailed) as refused:
        await node.rpc("sendTransaction", _b64(tx), {"encoding": "base64"})
    assert refused.value.data["err"] == "AlreadyProcessed"
    await node.client.send_transaction(tx, opts=TxOpts(skip_preflight=True))
    await node.advance(2)
    assert (await node.client.get_balance(to)).value == SOL


async def test_a_blockhash_is_good_for_150_blocks(node: Node):
    """At last_valid_block_height a transaction lands, one block later it does not."""
    payer = await node.funded()
    latest = (await node.rpc("getLatestBlockhash", {"commitment": "processed"}))["value"]
    instructions = [transferred(payer, Pubkey.new_unique()) for _ in range(2)]
    in_time, late = [await node.signed(payer, instruction) for instruction in instructions]
    await node.advance(149)
    height = await node.rpc("getBlockHeight", {"commitment": "processed"})
    assert height == latest["lastValidBlockHeight"]
    await node.client.send_transaction(in_time)
    await node.advance()
    with pytest.raises(RpcFailed) as refused:
        await node.rpc("sendTransaction", _b64(late), {"encoding": "base64"})
    assert refused.value.data["err"] == "BlockhashNotFound"
    valid = await node.rpc("isBlockhashValid", latest["blockhash"], {"commitment": "processed"})
    assert valid["value"] is False


async def test_a_forged_signature_is_refused(node: Node):
    """-32003 with preflight; without, it is answered and lands nowhere."""
    payer, to = await node.funded(), Pubkey.new_unique()
    tx = await node.signed(payer, transferred(payer, to))
    forged = VersionedTransaction.populate(tx.message, [Keypair().sign_message(b"else")])
    with pytest.raises(RpcFailed) as refused:
        await node.rpc("sendTransaction", _b64(forged), {"encoding": "base64"})
    assert refused.value.code == -32003
    await node.rpc("sendTransaction", _b64(forged), {"encoding": "base64", "skipPreflight": True})
    await node.advance(2)
    assert (await node.client.get_balance(to)).value == 0


async def test_simulation_leaves_no_trace_and_takes_any_blockhash_when_asked(node: Node):
    """replaceRecentBlockhash, no signature, and the accounts as they would be."""
    payer, to = await node.funded(), Pubkey.new_unique()
    tx = await node.signed(payer, transferred(payer, to))
    await node.advance(200)
    unsigned = VersionedTransaction.populate(tx.message, [Signature.default()])
    options = {
        "encoding": "base64",
        "replaceRecentBlockhash": True,
        "accounts": {"addresses": [str(to)], "encoding": "base64"},
    }
    outcome = (await node.rpc("simulateTransaction", _b64(unsigned), options))["value"]
    assert outcome["err"] is None
    assert outcome["accounts"][0]["lamports"] == SOL
    assert "blockhash" in outcome["replacementBlockhash"]
    assert (await node.client.get_balance(to)).value == 0


async def test_batches_are_answered_in_order_with_errors_in_their_places(node: Node):
    """One bad call spoils no other."""
    calls = [
        {"jsonrpc": "2.0", "id": 1, "method": "getHealth"},
        {"jsonrpc": "2.0", "id": 2, "method": "getNothing"},
        {"jsonrpc": "2.0", "id": 3, "method": "getBalance", "params": ["no address"]},
        {"jsonrpc": "2.0", "id": 4, "method": "getGenesisHash"},
    ]
    answers = (await node.http.post(node.url, json=calls)).json()
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4]
    assert answers[0]["result"] == "ok"
    assert answers[1]["error"]["code"] == -32601
    assert answers[2]["error"]["code"] == -32602


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'{"id": 1}', b"x" * 60_000])
async def test_a_request_that_is_none_is_told_so(node: Node, body: bytes):
    """Never a 500, never a hang."""
    answer = await node.http.post(node.url, content=body)
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] in (-32700, -32600)


async def test_min_context_slot_beyond_the_tip_is_refused(node: Node):
    """-32016, so that a reader never gets something older than it knows."""
    slot = await node.rpc("getSlot", {"commitment": "processed"})
    with pytest.raises(RpcFailed) as refused:
        await node.rpc("getSlot", {"minContextSlot": slot + 1})
    assert refused.value.code == -32016


async def test_a_block_tells_its_transactions_in_order_and_a_skipped_slot_its_absence(node: Node):
    """getBlock, getBlocks and -32007 agree."""
    payer = await node.funded()
    slot = await node.rpc("getSlot", {"commitment": "processed"})
    sent = [await node.pay(payer, Pubkey.new_unique()) for _ in range(3)]
    await node.http.post(f"{node.url}/_local/warp", json={"slots": 5})
    await node.advance(2)
    options = {"commitment": "confirmed", "transactionDetails": "signatures"}
    block = await node.rpc("getBlock", slot, {**options, "rewards": False})
    assert block["signatures"] == sent
    with pytest.raises(RpcFailed) as refused:
        await node.rpc("getBlock", slot + 1, options)
    assert refused.value.code == -32007
    listed = await node.rpc("getBlocks", slot, slot + 6, {"commitment": "confirmed"})
    assert listed == [slot, slot + 5, slot + 6]
    with pytest.raises(RpcFailed) as ahead:
        await node.rpc("getBlock", slot + 100, options)
    assert ahead.value.code == -32004


async def test_program_accounts_pass_filters_of_size_and_bytes(node: Node):
    """Only accounts of that size with those bytes there, sliced as asked."""
    from solders.system_program import CreateAccountParams, create_account

    payer, owner = await node.funded(), Pubkey.new_unique()
    made = {}
    for size in (40, 80):
        account = Keypair()
        params = CreateAccountParams(
            from_pubkey=payer.pubkey(),
            to_pubkey=account.pubkey(),
            lamports=SOL,
            space=size,
            owner=owner,
        )
        tx = await node.signed(payer, create_account(params), others=(account,))
        await node.client.send_transaction(tx)
        made[size] = str(account.pubkey())
    await node.advance(4)
    zeros = {"memcmp": {"offset": 0, "bytes": "1111"}}
    filters: list[object] = [{"dataSize": 80}, zeros]
    options = {"encoding": "base64", "filters": filters}
    found = await node.rpc("getProgramAccounts", str(owner), options)
    assert [one["pubkey"] for one in found] == [made[80]]
    other = {
        "memcmp": {"offset": 0, "bytes": base64.b64encode(b"\x01").decode(), "encoding": "base64"}
    }
    sliced = {"encoding": "base64", "dataSlice": {"offset": 0, "length": 3}}
    both = await node.rpc("getProgramAccounts", str(owner), sliced)
    assert {one["pubkey"] for one in both} == set(made.values())
    assert both[0]["account"]["data"] == [base64.b64encode(bytes(3)).decode(), "base64"]
    assert await node.rpc("getProgramAccounts", str(owner), {"filters": [other]}) == []


async def test_the_clock_is_the_wall_clock_and_warps_forward(node: Node):
    """Block time is real; a warp of an hour adds an hour."""
    before = await node.rpc("getBlockTime", await node.rpc("getSlot", {"commitment": "confirmed"}))
    await node.advance(seconds=3600)
    await node.advance()
    after = await node.rpc("getBlockTime", await node.rpc("getSlot", {"commitment": "confirmed"}))
    assert 3600 <= after - before < 3660


async def _send(node: Node, payer: Keypair, instruction, **options) -> str:
    tx = await node.signed(payer, instruction)
    return await node.rpc("sendTransaction", _b64(tx), {"encoding": "base64", **options})


def _b64(tx: VersionedTransaction) -> str:
    return base64.b64encode(bytes(tx)).decode()
