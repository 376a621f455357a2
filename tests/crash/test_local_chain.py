"""kill -9 of the local chain: whatever it answered, it still knows."""

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path

import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from oddsline.embedded.program import free_port
from tests.integration.chain.local.conftest import SOL, Node, transferred
from tests.integration.chain.local.test_rpc import _b64

pytestmark = pytest.mark.slow


async def _start(folder: Path, port: int) -> asyncio.subprocess.Process:
    env = dict(
        os.environ,
        ODDSLINE_CHAIN_DATA=str(folder),
        ODDSLINE_CHAIN_PORT=str(port),
        ODDSLINE_CHAIN_SLOT_MS="50",
        ODDSLINE_CHAIN_FINALIZED_AFTER="4",
        ODDSLINE_LOG_LEVEL="ERROR",
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "chain.local", env=env)
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return process


async def test_a_killed_chain_knows_every_transaction_it_answered(tmp_path: Path):
    """Three kills in mid-traffic: every answered signature is listed, balances add up."""
    import httpx2
    from solana.rpc.async_api import AsyncClient

    port, to = free_port(), Pubkey.new_unique()
    url = f"http://127.0.0.1:{port}"
    payer, serial = Keypair(), itertools.count()
    answered: list[str] = []
    process = await _start(tmp_path, port)
    async with httpx2.AsyncClient() as http, AsyncClient(url) as client:
        node = Node(url, http, client)
        await node.rpc("requestAirdrop", str(payer.pubkey()), 10**6 * SOL)
        for _ in range(3):
            traffic = [asyncio.create_task(_pay(node, payer, to, serial, answered)) for _ in "1234"]
            await asyncio.sleep(0.5)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await asyncio.gather(*traffic)
            process = await _start(tmp_path, port)
        await asyncio.sleep(0.5)
        listed = await _listed(node, to)
        held = (await node.rpc("getBalance", str(to)))["value"]
    process.terminate()
    assert await process.wait() == 0
    assert len(answered) > 50
    assert set(answered) <= set(listed)
    assert held == len(listed) * SOL
    assert len(listed) == len(set(listed))


async def _pay(node: Node, payer: Keypair, to: Pubkey, serial, answered: list[str]) -> None:
    """Pay one SOL again and again until the chain is gone; fees make each one differ."""
    import httpx2
    from solders.compute_budget import set_compute_unit_price

    try:
        while True:
            latest = await node.rpc("getLatestBlockhash", {"commitment": "processed"})
            blockhash = Hash.from_string(latest["value"]["blockhash"])
            instructions = [set_compute_unit_price(next(serial)), transferred(payer, to)]
            message = MessageV0.try_compile(payer.pubkey(), instructions, [], blockhash)
            tx = VersionedTransaction(message, [payer])
            await node.rpc("sendTransaction", _b64(tx), {"encoding": "base64"})
            answered.append(str(tx.signatures[0]))
    except httpx2.HTTPError:
        return


async def _listed(node: Node, to: Pubkey) -> list[str]:
    rows: list[str] = []
    token = None
    while True:
        options = {"commitment": "confirmed", "sortOrder": "asc", "paginationToken": token}
        page = await node.rpc("getTransactionsForAddress", str(to), options)
        rows += [row["signature"] for row in page["data"]]
        token = page["paginationToken"]
        if token is None:
            return rows
