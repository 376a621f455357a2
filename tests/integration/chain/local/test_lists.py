"""An address's transactions page completely, in both lists and both directions."""

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from .conftest import SOL, Node, RpcFailed, transferred


async def _history(node: Node) -> tuple[str, list[str]]:
    """Seven transfers to one address, the first four long final; oldest first."""
    payer, to = await node.funded(), Pubkey.new_unique()
    sent: list[str] = []
    for count, slots in ((3, 3), (1, 3), (3, 1)):
        for _ in range(count):
            sent.append(await node.pay(payer, to, SOL + len(sent)))
        await node.advance(slots)
    return str(to), sent


async def test_signatures_page_backwards_without_gap_or_repeat(node: Node):
    """`before` takes up exactly where the last page ended, across memory and disk."""
    to, sent = await _history(node)
    pages, before = [], None
    while True:
        options = {"commitment": "confirmed", "limit": 2, "before": before}
        page = await node.rpc("getSignaturesForAddress", to, options)
        if not page:
            break
        pages.append([row["signature"] for row in page])
        before = pages[-1][-1]
    assert [s for page in pages for s in page] == sent[::-1]
    assert [len(page) for page in pages] == [2, 2, 2, 1]


async def test_until_stops_before_the_known_signature(node: Node):
    """Only what is newer than `until`."""
    to, sent = await _history(node)
    options = {"commitment": "confirmed", "until": sent[2]}
    page = await node.rpc("getSignaturesForAddress", to, options)
    assert [row["signature"] for row in page] == sent[:2:-1]


async def test_a_list_at_finalized_holds_nothing_newer(node: Node):
    """Its default commitment is finalized; confirmed shows more."""
    to, sent = await _history(node)
    final = await node.rpc("getSignaturesForAddress", to)
    assert [row["signature"] for row in final] == sent[:4][::-1]
    assert {row["confirmationStatus"] for row in final} == {"finalized"}


async def test_helius_list_pages_forward_by_slot_and_index(node: Node):
    """Ascending, every row once, with its index in the block."""
    to, sent = await _history(node)
    rows, token = [], None
    while True:
        options = {
            "commitment": "confirmed",
            "sortOrder": "asc",
            "limit": 3,
            "paginationToken": token,
        }
        page = await node.rpc("getTransactionsForAddress", to, options)
        rows += page["data"]
        token = page["paginationToken"]
        if token is None:
            break
        assert token == f"{rows[-1]['slot']}:{rows[-1]['transactionIndex']}"
    assert [row["signature"] for row in rows] == sent
    assert [row["transactionIndex"] for row in rows] == [0, 1, 2, 0, 0, 1, 2]


async def test_helius_list_filters_by_slot_and_status_and_gives_whole_transactions(node: Node):
    """Only failed ones of those slots, with transaction and meta."""
    payer = await node.funded(SOL)
    good = await node.pay(payer, Pubkey.new_unique(), SOL // 2)
    await node.advance(2)
    slot = await node.rpc("getSlot", {"commitment": "processed"})
    tx = await node.signed(payer, transferred(payer, Pubkey.new_unique(), 9 * SOL))
    import base64

    bad = await node.rpc(
        "sendTransaction",
        base64.b64encode(bytes(tx)).decode(),
        {"encoding": "base64", "skipPreflight": True},
    )
    await node.advance(2)
    options = {
        "commitment": "confirmed",
        "transactionDetails": "full",
        "maxSupportedTransactionVersion": 1,
        "filters": {"slot": {"gte": slot}, "status": "failed"},
    }
    page = await node.rpc("getTransactionsForAddress", str(payer.pubkey()), options)
    assert [row["transaction"]["signatures"][0] for row in page["data"]] == [bad]
    assert page["data"][0]["meta"]["err"] is not None
    assert page["paginationToken"] is None
    options["filters"] = {"slot": {"lt": slot}, "status": "succeeded"}
    page = await node.rpc("getTransactionsForAddress", str(payer.pubkey()), options)
    assert good in [row["transaction"]["signatures"][0] for row in page["data"]]


async def test_an_address_that_nobody_named_has_an_empty_list(node: Node):
    """Empty, not an error."""
    nobody = str(Keypair().pubkey())
    assert await node.rpc("getSignaturesForAddress", nobody) == []
    page = await node.rpc("getTransactionsForAddress", nobody)
    assert page == {"data": [], "paginationToken": None}


async def test_the_first_available_block_is_the_oldest_that_is_told(node: Node):
    """From it on blocks are listed; what lies before it is -32009, not merely skipped."""
    await node.advance(3)
    first = await node.rpc("getFirstAvailableBlock")
    options = {"commitment": "confirmed", "transactionDetails": "signatures"}

    assert (await node.rpc("getBlocks", first - 10, first + 1, options))[0] == first
    assert "signatures" in await node.rpc("getBlock", first, options)
    with pytest.raises(RpcFailed) as before:
        await node.rpc("getBlock", first - 1, options)
    assert before.value.code == -32009
