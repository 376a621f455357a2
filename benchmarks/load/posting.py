"""Ballots over HTTP: a market to vote on, what its ballots are bound to, connections to post on."""

import asyncio
import secrets
import time
from dataclasses import dataclass

import httpx
from solders.keypair import Keypair

from chain.local.acts import Market
from chain.local.client import SOL, Client
from chain.local.roles import Roles
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline.line import Line
from orchestration.settings import OrchestrationSettings
from votes.ballot import Domain


class RefusedBallot(Exception):
    """A ballot was not taken; the message is the answer's body."""


@dataclass
class Poster:
    """One kept-alive connection of the least that speaks HTTP."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes

    @classmethod
    async def open(cls, line: Line, market_id: str) -> "Poster":
        """Connect to a line's API."""
        port = line.config.ports["api"]
        return await cls.dial(line.config.host, port, line.service_key, market_id)

    @classmethod
    async def dial(cls, host: str, port: int, key: str, market_id: str) -> "Poster":
        """Connect to an API by its address; `key` raises the limits."""
        reader, writer = await asyncio.open_connection(host, port)
        head = (
            f"POST /votes/proposal/{market_id} HTTP/1.1\r\nHost: {host}\r\n"
            f"X-API-Key: {key}\r\nContent-Type: application/json\r\n"
        )
        return cls(reader, writer, head.encode())

    async def post(self, body: bytes) -> float:
        """Milliseconds until the receipt.

        Raises:
            RefusedBallot: it was refused.
        """
        began = time.perf_counter()
        self.writer.write(self.head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        answer = await self.reader.readexactly(int(size))
        spent = (time.perf_counter() - began) * 1000
        if not head.startswith(b"HTTP/1.1 202"):
            raise RefusedBallot(answer.decode())
        return spent


async def proposed(line: Line) -> str:
    """The id of a new market on chain that may be voted on."""
    known, creator = line.settings(OrchestrationSettings), Keypair()
    async with Rpc(line.url("chain")) as rpc:
        client = Client(rpc, load_program(known.program_id))
        await client.fund([creator], 200 * SOL)
        market, _ = await Market.create(
            client, Roles.of(known), market_id=secrets.token_hex(32), creator=creator
        )
    return market.market_id


async def asked(line: Line, market_id: str) -> tuple[Domain, str]:
    """What ballots are bound to, as the API tells it once the market is there."""
    query = {"kind": "proposal", "wallet": str(Keypair().pubkey()), "choice": "like"}
    shown = {"X-API-Key": line.service_key}
    async with httpx.AsyncClient(
        base_url=line.url("api"), headers=shown, trust_env=False
    ) as client:
        async with asyncio.timeout(15):
            while True:
                told = await client.get(f"/votes/{market_id}/message", params=query)
                if told.status_code == httpx.codes.OK:
                    break
                await asyncio.sleep(0.1)
    lines = dict(part.split(": ", 1) for part in told.json()["message"].split("\n")[1:])
    return Domain(lines["domain"], lines["chain"], lines["program"]), lines["round"]
