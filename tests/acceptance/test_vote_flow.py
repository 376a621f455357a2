"""X1: a ballot posted to the API ends as an approved market on chain and in the API, recountable."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from solders.keypair import Keypair

from chain.program.states import State
from oddsline import cache
from oddsline.line import Line
from orchestration.intents import waiting
from orchestration.intents.waiting import Progress
from orchestration.voting import carry
from orchestration.voting.carry import Told
from tests.support.voting import CORE, Public
from votes.cache import VoteCache

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def public() -> Iterator[Public]:
    """Three voters are enough: a local line has few wallets."""
    with Line.private(CORE, durable=False) as line:
        headers = {"X-API-Key": line.service_key}
        with httpx2.Client(base_url=line.url("api"), headers=headers, timeout=10) as api:
            yield Public(line, api)


def run_count(public: Public, run_id: str = "test") -> tuple[Progress, list[Told]]:
    known = public.known
    ids, told = carry.settle(known, carry.count(known, public.moment()), run_id)
    return waiting.wait(known.database_url, ids, patience_s=30), told


def cached(public: Public, market_id: str) -> tuple[str | None, int, int]:
    async def read() -> tuple[str | None, int, int]:
        redis = cache.commands(public.line.redis_url, name="test")
        try:
            return await VoteCache(redis).counts("proposal", market_id)
        finally:
            await redis.aclose()

    return asyncio.run(read())


def test_ballots_become_an_approved_market_that_anyone_can_recount(public: Public, tmp_path: Path):
    """From signatures to the chain and back, and from the chain to a stranger's recount."""
    market_id = public.proposed()
    keys = [Keypair() for _ in range(4)]
    answers = [public.cast(market_id, "like", key) for key in keys[:3]]
    answers.append(public.cast(market_id, "dislike", keys[3]))
    assert [answer.status_code for answer in answers] == [202] * 4
    assert cached(public, market_id)[1:] == (3, 1)

    progress, _ = run_count(public)

    assert [intent.state for intent in progress.intents] == ["done"]
    public.until_state(market_id, "ACTIVE")
    served = public.api.get(f"/markets/{market_id}").json()["data"]
    assert (served["proposal_likes"], served["proposal_dislikes"]) == (3, 1)
    assert proof_holds(public.api, market_id, keys[0])
    whole = public.recounted(market_id, "proposal", tmp_path)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "DIFFERENT" not in whole.stdout
    short = public.recounted(market_id, "proposal", tmp_path, drop=1)
    assert (short.returncode, "DIFFERENT" in short.stdout) == (1, True)


def test_a_proposal_below_the_threshold_is_counted_and_not_sent(public: Public):
    """Two of three like it; seven of ten are needed."""
    market_id = public.proposed()
    for choice in ("like", "like", "dislike"):
        assert public.cast(market_id, choice).status_code == 202

    _, told = run_count(public)

    (said,) = [one for one in told if one.market_id == market_id]
    assert (said.in_favour, said.against, said.decision) == (2, 1, "pending")
    assert public.account(market_id).state is State.PROPOSED
    decided = public.tally(market_id, "proposal")["decided"]
    assert (decided["decision"], decided["sent"]) == ("pending", None)


def test_two_counts_at_once_send_one_approval(public: Public):
    """Whichever records first decides what both open, and it lands once."""
    market_id = public.proposed()
    for _ in range(3):
        assert public.cast(market_id, "like").status_code == 202

    async def both() -> None:
        runs = (asyncio.to_thread(run_count, public, f"run {n}") for n in range(4))
        await asyncio.gather(*runs)

    asyncio.run(both())

    public.until_state(market_id, "ACTIVE")
    moves = public.api.get(f"/markets/{market_id}/transitions").json()["data"]
    assert [move["event"] for move in moves].count("ProposalApproved") == 1


def proof_holds(api: Any, market_id: str, key: Keypair) -> bool:
    """Checks an inclusion proof with nothing but sha256."""
    proof = api.get(f"/votes/{market_id}/proof/{key.pubkey()}").raise_for_status().json()["data"]
    current = bytes.fromhex(proof["leaf"])
    for step in proof["path"]:
        sibling = bytes.fromhex(step["hash"])
        pair = sibling + current if step["side"] == "left" else current + sibling
        current = hashlib.sha256(b"\x01" + pair).digest()
    return bool(proof["counted"]) and current.hex() == proof["root"]
