"""X1: a ballot posted to the API ends as an approved market on chain and in the API, recountable."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import time

import httpx2
import pytest
from redis.asyncio import Redis
from solders.keypair import Keypair

from chain.local.acts import Market
from chain.local.client import SOL, Client
from chain.local.roles import Roles
from chain.program.interface import load_program
from chain.program.states import State
from chain.rpc import Rpc
from oddsline import cache
from oddsline.line import Line
from orchestration.chain_view import ChainView
from orchestration.intents import waiting
from orchestration.settings import OrchestrationSettings
from orchestration.voting import carry

pytestmark = pytest.mark.slow

CORE = ("postgres", "valkey", "chain", "ingestion", "fold", "api", "keeper")


@pytest.fixture(scope="module")
def line():
    with Line.private(CORE, durable=False) as opened:
        yield opened


@pytest.fixture
def known(line) -> OrchestrationSettings:
    return line.settings(OrchestrationSettings)


@pytest.fixture
def api(line):
    with httpx2.Client(
        base_url=line.url("api"), headers={"X-API-Key": line.service_key}, timeout=10
    ) as client:
        yield client


async def proposed(line, known) -> Market:
    """A market on chain that nobody has voted on."""
    creator = Keypair()
    async with Rpc(line.url("chain")) as rpc:
        client = Client(rpc, load_program(known.program_id))
        await client.fund([creator], 200 * SOL)
        market, _ = await Market.create(
            client, Roles.of(known), market_id=secrets.token_hex(32), creator=creator
        )
    return market


def cast(api, market_id: str, key: Keypair, choice: str):
    query = {"kind": "proposal", "wallet": str(key.pubkey()), "choice": choice}
    drafted = api.get(f"/votes/{market_id}/message", params=query).raise_for_status().json()
    body = {name: drafted[name] for name in ("wallet", "choice", "nonce", "round")}
    body |= {name: drafted[name] for name in ("issued_at", "expires_at")}
    body["signature"] = str(key.sign_message(drafted["message"].encode()))
    return api.post(f"/votes/proposal/{market_id}", json=body)


def eventually(read, wanted, seconds: float = 15):
    """What `read` returns once `wanted` holds of it."""
    until = time.monotonic() + seconds
    while not wanted(found := read()):
        assert time.monotonic() < until, f"still {found!r}"
        time.sleep(0.05)
    return found


def state(api, market_id: str) -> str | None:
    answer = api.get(f"/markets/{market_id}")
    return answer.json()["data"]["state"] if answer.status_code == 200 else None


def run_count(known, run_id: str = "test"):
    moment = ChainView(known.chain_url, known.program_id).moment()
    ids, told = carry.settle(known, carry.count(known, moment), run_id)
    return waiting.wait(known.database_url, ids, patience_s=30), told


def cached(line, market_id: str):
    async def read():
        redis: Redis = cache.commands(line.redis_url, name="test")
        try:
            return await redis.hgetall(f"votes:proposal:{market_id}")
        finally:
            await redis.aclose()

    return asyncio.run(read())


def test_ballots_become_an_approved_market_that_anyone_can_recount(line, known, api, tmp_path):
    market = asyncio.run(proposed(line, known))
    market_id = market.market_id
    eventually(lambda: state(api, market_id), lambda found: found == "PROPOSED")

    keys = [Keypair() for _ in range(4)]
    answers = [cast(api, market_id, key, "like") for key in keys[:3]]
    answers.append(cast(api, market_id, keys[3], "dislike"))
    assert [answer.status_code for answer in answers] == [202] * 4
    counts = cached(line, market_id)
    assert (counts[b"likes"], counts[b"dislikes"]) == (b"3", b"1")

    progress, _ = run_count(known)

    assert [intent.state for intent in progress.intents] == ["done"]
    eventually(lambda: state(api, market_id), lambda found: found == "ACTIVE")
    served = api.get(f"/markets/{market_id}").json()["data"]
    assert (served["proposal_likes"], served["proposal_dislikes"]) == (3, 1)
    assert proof_holds(api, market_id, keys[0])
    assert recounted(line, known, api, market_id, tmp_path) == 0
    assert recounted(line, known, api, market_id, tmp_path, drop=1) == 1


def test_a_proposal_below_the_threshold_is_counted_and_not_sent(line, known, api):
    market = asyncio.run(proposed(line, known))
    eventually(lambda: state(api, market.market_id), lambda found: found == "PROPOSED")
    for choice in ("like", "like", "dislike"):
        assert cast(api, market.market_id, Keypair(), choice).status_code == 202

    _, told = run_count(known)

    (said,) = [one for one in told if one.market_id == market.market_id]
    assert (said.in_favour, said.against, said.decision) == (2, 1, "pending")
    account = asyncio.run(read(line, known, market))
    assert account.state is State.PROPOSED


def test_two_counts_at_once_send_one_approval(line, known, api):
    market = asyncio.run(proposed(line, known))
    eventually(lambda: state(api, market.market_id), lambda found: found == "PROPOSED")
    for _ in range(3):
        assert cast(api, market.market_id, Keypair(), "like").status_code == 202

    async def both():
        return await asyncio.gather(*(asyncio.to_thread(run_count, known, f"{n}") for n in (1, 2)))

    asyncio.run(both())

    eventually(lambda: state(api, market.market_id), lambda found: found == "ACTIVE")
    moves = api.get(f"/markets/{market.market_id}/transitions").json()["data"]
    assert [move["event"] for move in moves].count("ProposalApproved") == 1


async def read(line, known, market: Market):
    async with Rpc(line.url("chain")) as rpc:
        client = Client(rpc, load_program(known.program_id))
        return await Market(client, market.roles, market.market_id, market.creator).account()


def proof_holds(api, market_id: str, key: Keypair) -> bool:
    """Checks an inclusion proof with nothing but sha256."""
    import hashlib

    proof = api.get(f"/votes/{market_id}/proof/{key.pubkey()}").raise_for_status().json()["data"]
    current = bytes.fromhex(proof["leaf"])
    for step in proof["path"]:
        sibling = bytes.fromhex(step["hash"])
        pair = sibling + current if step["side"] == "left" else current + sibling
        current = hashlib.sha256(b"\x01" + pair).digest()
    return proof["counted"] and current.hex() == proof["root"]


def recounted(line, known, api, market_id: str, folder, *, drop: int = 0) -> int:
    """Runs `votes verify` in a folder that holds only public ballots; its exit code."""
    ballots = api.get(f"/votes/{market_id}/ballots", params={"limit": 200}).json()["data"]
    signed = [ballot for ballot in ballots if ballot["source"] == "offchain"][drop:]
    (folder / "ballots.json").write_text(json.dumps(signed))
    command = [sys.executable, "-m", "oddsline.cli", "votes", "verify", "--market", market_id]
    command += ["--rpc", line.url("chain"), "--program", known.program_id, "--ballots", "."]
    # Nothing of the line's: no database, no Redis.
    bare = {k: v for k, v in os.environ.items() if not k.startswith("ODDSLINE_")}
    return subprocess.run(command, cwd=folder, env=bare, check=False).returncode
