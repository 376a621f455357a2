"""A private line with a voting public: markets on chain, ballots through the API, recounts."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from solders.keypair import Keypair

from chain.local.acts import Market
from chain.local.client import SOL, Client
from chain.local.roles import Roles
from chain.program.accounts import MarketAccount
from chain.program.interface import load_program
from chain.rpc import Rpc
from oddsline.line import Line
from orchestration.chain_view import ChainView, Moment
from orchestration.settings import OrchestrationSettings

T = TypeVar("T")
CORE = ("postgres", "valkey", "chain", "ingestion", "fold", "api", "keeper")
#: What of a drafted ballot is posted beside its signature.
FIELDS = ("wallet", "choice", "nonce", "round", "issued_at", "expires_at")


def kind(choice: str) -> str:
    """Which vote a choice belongs to."""
    return "proposal" if choice in {"like", "dislike"} else "dispute"


def eventually(read: Callable[[], T], wanted: Callable[[T], bool], seconds: float = 15) -> T:
    """What `read` returns once `wanted` holds of it."""
    until = time.monotonic() + seconds
    while not wanted(found := read()):
        assert time.monotonic() < until, f"still {found!r}"
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Public:
    """Those who propose, vote on and dispute markets of one line."""

    line: Line
    api: httpx2.Client

    @property
    def known(self) -> OrchestrationSettings:
        return self.line.settings(OrchestrationSettings)

    def moment(self) -> Moment:
        return ChainView(self.known.chain_url, self.known.program_id).moment()

    def proposed(self) -> str:
        """A market on chain and in the API that nobody has voted on: its id."""
        market_id = asyncio.run(self._propose(secrets.token_hex(32)))
        self.until_state(market_id, "PROPOSED")
        return market_id

    def disputed(self, *, yes: bool = True) -> str:
        """A market whose outcome is disputed: its id."""
        market_id = asyncio.run(self._dispute(secrets.token_hex(32), yes=yes))
        self.until_state(market_id, "DISPUTED")
        return market_id

    def approved_elsewhere(self, *, likes: int, dislikes: int) -> str:
        """A market that somebody with our keys approved without any count of ours: its id."""
        market_id = self.proposed()

        async def approve() -> None:
            async with Rpc(self.line.url("chain")) as rpc:
                market = self._market(rpc, market_id, Keypair())
                await market.count(likes=likes, dislikes=dislikes)
                await market.approve()

        asyncio.run(approve())
        self.until_state(market_id, "APPROVED")
        return market_id

    def funded(self, count: int, lamports: int) -> list[Keypair]:
        """Wallets that hold so much."""
        keys = [Keypair() for _ in range(count)]

        async def fund() -> None:
            async with Rpc(self.line.url("chain")) as rpc:
                await self._market(rpc, "00" * 32, Keypair()).client.fund(keys, lamports)

        asyncio.run(fund())
        return keys

    def buys(self, market_id: str, keys: Sequence[Keypair]) -> None:
        """Each wallet buys in an open market; done when the API shows it."""
        fee_wallet = self.moment().config.protocol_fee_wallet

        async def buy() -> None:
            async with Rpc(self.line.url("chain")) as rpc:
                market = self._market(rpc, market_id, Keypair())
                for key in keys:
                    await market.buy(key, yes=True, target_cost=SOL, fee_wallet=fee_wallet)

        asyncio.run(buy())
        path = f"/trades/{market_id}"
        eventually(lambda: len(self.api.get(path).json()["data"]), lambda found: found >= len(keys))

    def account(self, market_id: str) -> MarketAccount:
        """The market on chain."""

        async def read() -> MarketAccount:
            async with Rpc(self.line.url("chain")) as rpc:
                return await self._market(rpc, market_id, Keypair()).account()

        return asyncio.run(read())

    def state(self, market_id: str) -> str | None:
        answer = self.api.get(f"/markets/{market_id}")
        return answer.json()["data"]["state"] if answer.status_code == 200 else None

    def until_state(self, market_id: str, state: str) -> None:
        eventually(lambda: self.state(market_id), lambda found: found == state)

    def drafted(
        self, market_id: str, choice: str, key: Keypair | None = None
    ) -> tuple[dict[str, Any], str]:
        """A signed ballot's body, and the text that its signature is over."""
        key = key or Keypair()
        query = {"kind": kind(choice), "wallet": str(key.pubkey()), "choice": choice}
        told = self.api.get(f"/votes/{market_id}/message", params=query)
        ballot = told.raise_for_status().json()
        body = {name: ballot[name] for name in FIELDS}
        body["signature"] = str(key.sign_message(ballot["message"].encode()))
        return body, ballot["message"]

    def cast(self, market_id: str, choice: str, key: Keypair | None = None) -> httpx2.Response:
        """Sign and post a ballot."""
        body, _ = self.drafted(market_id, choice, key)
        return self.api.post(f"/votes/{kind(choice)}/{market_id}", json=body)

    def tally(self, market_id: str, kind: str) -> dict[str, Any]:
        """What the API says of a vote."""
        answer = self.api.get(f"/votes/{market_id}", params={"kind": kind}).raise_for_status()
        return dict(answer.json()["data"])

    def warp(self, seconds: float) -> None:
        """Set the chain's clock forward."""
        url = self.line.url("chain") + "/_local/warp"
        self.api.post(url, json={"seconds": seconds}).raise_for_status()

    def recounted(
        self, market_id: str, kind: str, folder: Path, *, drop: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """`votes verify` where there is nothing but public ballots and a node's address."""
        path, query = f"/votes/{market_id}/ballots", {"limit": "200", "kind": kind}
        ballots = self.api.get(path, params=query).raise_for_status().json()["data"]
        signed = [ballot for ballot in ballots if ballot["source"] == "offchain"][drop:]
        folder.mkdir(exist_ok=True)
        (folder / "ballots.json").write_text(json.dumps(signed))
        command = [sys.executable, "-m", "oddsline.cli", "votes", "verify", "--market", market_id]
        command += ["--rpc", self.line.url("chain"), "--program", self.known.program_id]
        # Nothing of the line's: no database, no Redis.
        bare = {k: v for k, v in os.environ.items() if not k.startswith("ODDSLINE_")}
        return subprocess.run(
            [*command, "--ballots", "."],
            cwd=folder,
            env=bare | {"COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )

    async def _propose(self, market_id: str) -> str:
        creator = Keypair()
        async with Rpc(self.line.url("chain")) as rpc:
            market = self._market(rpc, market_id, creator)
            await market.client.fund([creator], 200 * SOL)
            await Market.create(market.client, market.roles, market_id=market_id, creator=creator)
        return market_id

    async def _dispute(self, market_id: str, *, yes: bool) -> str:
        creator = Keypair()
        async with Rpc(self.line.url("chain")) as rpc:
            market = self._market(rpc, market_id, creator)
            await market.client.fund([creator], 200 * SOL)
            await Market.create(market.client, market.roles, market_id=market_id, creator=creator)
            await market.count(likes=3, dislikes=0)
            await market.approve()
            await market.activate()
            await asyncio.sleep(1.1)  # the program wants a later second than the activation's
            await market.resolve(creator, yes=yes)
            await asyncio.sleep(1.1)
            await market.dispute(creator)
        return market_id

    def _market(self, rpc: Rpc, market_id: str, creator: Keypair) -> Market:
        client = Client(rpc, load_program(self.known.program_id))
        return Market(client, Roles.of(self.known), market_id, creator)
