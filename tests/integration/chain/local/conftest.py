"""A private local chain whose slots advance only when a test says so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import VersionedTransaction

from chain.local.service import running
from chain.local.settings import ChainSettings

SOL = 10**9
HOUR_MS = 3_600_000


class RpcFailed(Exception):
    """The `error` member of an answer."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.data: dict[str, Any] = error.get("data") or {}


@dataclass
class Node:
    """One running chain and what tests do with it."""

    url: str
    http: httpx2.AsyncClient
    client: AsyncClient

    async def rpc(self, method: str, *params: Any) -> Any:
        """One call; its result, or RpcFailed."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = (await self.http.post(self.url, json=call)).json()
        if "error" in answer:
            raise RpcFailed(answer["error"])
        return answer["result"]

    async def advance(self, slots: int = 1, seconds: float = 0) -> None:
        """Close so many slots, then set the clock forward."""
        for _ in range(slots):
            await self.http.post(f"{self.url}/_local/warp", json={"seconds": seconds})

    async def funded(self, lamports: int = 100 * SOL) -> Keypair:
        """A new wallet with money that every commitment can see."""
        wallet = Keypair()
        await self.rpc("requestAirdrop", str(wallet.pubkey()), lamports)
        await self.advance(4)
        return wallet

    async def blockhash(self) -> Hash:
        """The newest blockhash."""
        latest = await self.rpc("getLatestBlockhash", {"commitment": "processed"})
        return Hash.from_string(latest["value"]["blockhash"])

    async def signed(
        self, payer: Keypair, *instructions: Instruction, others: tuple[Keypair, ...] = ()
    ) -> VersionedTransaction:
        """A v0 transaction on the newest blockhash."""
        blockhash = await self.blockhash()
        message = MessageV0.try_compile(payer.pubkey(), list(instructions), [], blockhash)
        return VersionedTransaction(message, [payer, *others])

    async def pay(self, payer: Keypair, to: Pubkey, lamports: int = SOL) -> str:
        """Send a transfer; its signature."""
        tx = await self.signed(payer, transferred(payer, to, lamports))
        return str((await self.client.send_transaction(tx)).value)


def transferred(payer: Keypair, to: Pubkey, lamports: int = SOL) -> Instruction:
    """A transfer instruction."""
    return transfer(TransferParams(from_pubkey=payer.pubkey(), to_pubkey=to, lamports=lamports))


def settings(folder: Path, **changes: Any) -> ChainSettings:
    """A private chain that closes no slot by itself; finalized after three."""
    return ChainSettings(
        **{
            "chain_data": folder,
            "chain_port": 0,
            "chain_slot_ms": HOUR_MS,
            "chain_finalized_after": 3,
            "chain_private": True,
            "chain_fsync": False,
            **changes,
        }
    )


@asynccontextmanager
async def started(folder: Path, **changes: Any) -> AsyncIterator[Node]:
    """A chain on a folder while the block runs."""
    async with running(settings(folder, **changes)) as up, httpx2.AsyncClient() as http:
        url = f"http://127.0.0.1:{up.port}"
        async with AsyncClient(url, commitment=Confirmed) as client:
            yield Node(url, http, client)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """A fresh private chain."""
    async with started(tmp_path) as node:
        yield node
