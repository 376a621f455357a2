"""X1: a ballot posted to the API ends as an approved market on chain and in the API, recountable."""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import httpx2
import pytest
from redis import Redis
from solders.keypair import Keypair

from chain.local.client import SOL
from chain.program.states import State
from oddsline import blocking, cache
from oddsline.line import Line
from orchestration.intents import waiting
from orchestration.intents.waiting import Progress
from orchestration.voting import carry
from orchestration.voting import definitions as voting
from orchestration.voting.carry import Told
from tests.support.commands import oddsline
from tests.support.voting import CORE, Public
from votes.cache import VoteCache

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Dagster's own warnings

PERIOD_S = 1000  # of the chain's clock; tests set it forward


@pytest.fixture(scope="module")
def public() -> Iterator[Public]:
    """Three voters are enough: a local line has few wallets."""
    with Line.private(CORE, env={"ODDSLINE_CHAIN_PRIVATE": "true"}, durable=False) as line:
        headers = {"X-API-Key": line.service_key}
        with httpx2.Client(base_url=line.url("api"), headers=headers, timeout=10) as api:
            yield Public(line, api)


def run_count(public: Public, run_id: str = "test", **rules: object) -> tuple[Progress, list[Told]]:
    """A count by this line's rules, some of them others."""
    known = public.known.model_copy(update=rules)
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


def test_a_proposal_below_the_threshold_at_its_end_is_rejected_for_good(public: Public):
    """Recorded and shown; who likes it afterwards comes too late, and nothing is sent."""
    market_id = public.proposed()
    for choice in ("like", "like", "dislike"):
        assert public.cast(market_id, choice).status_code == 202
    public.warp(PERIOD_S)
    public.proposed()  # somebody's transaction shows the line what time it is on chain

    first = said(run_count(public, proposal_voting_period_s=PERIOD_S), market_id)
    for _ in range(5):
        assert public.cast(market_id, "like").status_code == 202
    second = said(run_count(public, proposal_voting_period_s=PERIOD_S), market_id)

    assert (first.in_favour, first.against, first.decision) == (2, 1, "rejected")
    assert first == second
    assert public.account(market_id).state is State.PROPOSED
    decided = public.tally(market_id, "proposal")["decided"]
    assert (decided["decision"], decided["in_favour"], decided["against"]) == ("rejected", 2, 1)
    assert (decided["sent"], decided["memo"]) == (None, None)


def test_a_proposal_decided_at_its_cutoff_waits_for_it(public: Public):
    """Enough voters like it long before; it is approved when its period is over."""
    rules: dict[str, Any] = {"proposal_decision": "at_cutoff", "proposal_voting_period_s": PERIOD_S}
    market_id = public.proposed()
    for _ in range(3):
        assert public.cast(market_id, "like").status_code == 202

    assert said(run_count(public, **rules), market_id).decision == "pending"
    assert public.account(market_id).state is State.PROPOSED
    public.warp(PERIOD_S)
    public.proposed()
    assert said(run_count(public, **rules), market_id).decision == "approved"

    public.until_state(market_id, "ACTIVE")


def test_who_may_vote_is_a_rule_that_the_tally_states(public: Public, tmp_path: Path):
    """By balance, then by trade: others' ballots are rejected, and a stranger's recount agrees."""
    rich = public.funded(3, 10 * SOL)

    market_id = assert_approved_by(public, f"balance:{SOL}", rich, tmp_path / "balance")
    public.buys(market_id, rich)
    assert_approved_by(public, "traded", rich, tmp_path / "traded")


def assert_approved_by(public: Public, rule: str, may: list[Keypair], folder: Path) -> str:
    """A market that those who may vote like and two who may not dislike: its id."""
    market_id = public.proposed()
    for key in may:
        assert public.cast(market_id, "like", key).status_code == 202
    for key in (Keypair(), Keypair()):
        assert public.cast(market_id, "dislike", key).status_code == 202

    told = said(run_count(public, vote_eligibility=rule), market_id)

    assert (told.in_favour, told.against, told.decision) == (len(may), 0, "approved")
    public.until_state(market_id, "ACTIVE")
    decided = public.tally(market_id, "proposal")["decided"]
    assert (decided["eligibility"], decided["rejected"]) == (rule, 2)
    again = public.recounted(market_id, "proposal", folder)
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"eligibility `{rule}`" in again.stdout
    return market_id


def test_the_cache_is_held_against_the_ballots_and_rebuilt_on_command(public: Public):
    """Lost, and a count of what nobody voted on: both are found, both are mended."""
    market_id = public.proposed()
    for choice in ("like", "like", "dislike"):
        assert public.cast(market_id, choice).status_code == 202
    count = f"votes:proposal:{market_id}"
    with Redis.from_url(public.line.redis_url, decode_responses=True) as redis:
        right = redis.hgetall(count), redis.hgetall(f"{count}:voters")
        redis.delete(count, f"{count}:voters")
        redis.hincrby(f"votes:dispute:{market_id}", "agrees", 7)

        found = oddsline(public.line, "votes", "check-cache")
        mended = oddsline(public.line, "votes", "rebuild-cache")
        again = oddsline(public.line, "votes", "check-cache")

        assert (found.returncode, "2 differences" in found.stdout) == (1, True)
        assert (mended.returncode, "ballots in force, cached" in mended.stdout) == (0, True)
        assert (again.returncode, "0 differences" in again.stdout) == (0, True)
        assert (redis.hgetall(count), redis.hgetall(f"{count}:voters")) == right
        assert redis.hgetall(f"votes:dispute:{market_id}") == {}


def test_the_schedule_counts_and_its_checks_say_what_voters_rely_on(
    public: Public, monkeypatch: pytest.MonkeyPatch
):
    """Every five minutes one run: it approves, and finds a decision that is not ours."""
    for name, value in public.line.env.items():
        monkeypatch.setenv(name, value)
    market_id = public.proposed()
    for _ in range(3):
        assert public.cast(market_id, "like").status_code == 202

    first = scheduled()
    public.until_state(market_id, "ACTIVE")
    foreign = public.approved_elsewhere(likes=8, dislikes=1)
    second = scheduled()

    assert set(first.values()) == {True}
    assert second == first | {"chain_decisions_have_tallies": False}
    with blocking.session(public.line.database_url, name="test") as connection:
        statement = "select * from ops.alerts where rule = 'tally_missing'"
        (alert,) = blocking.rows(connection, statement)
    assert (alert["state"], alert["severity"]) == ("firing", "critical")
    assert alert["runbook_url"] == "docs/runbook.md#tally-missing"
    assert f"{foreign} on chain with 8 to 1: no tally of ours" in alert["summary"]


def scheduled() -> dict[str, bool]:
    """One tick of the schedule and the run that it asks for: check -> whether it passed."""
    location = dg.Definitions.merge(
        voting.definitions(), dg.Definitions(executor=dg.in_process_executor)
    )
    schedule = location.resolve_schedule_def("count_votes_on_schedule")
    assert schedule.cron_schedule == "*/5 * * * *"
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    with dg.DagsterInstance.ephemeral() as instance:
        now = datetime.now(UTC)
        context = dg.build_schedule_context(instance, scheduled_execution_time=now)
        assert len(schedule.evaluate_tick(context).run_requests or ()) == 1
        job = location.resolve_job_def(schedule.job_name)
        done = job.execute_in_process(instance=instance)
    assert done.success
    (counted,) = done.get_asset_materialization_events()
    assert counted.asset_key == voting.TALLIES
    return {one.check_name: one.passed for one in done.get_asset_check_evaluations()}


def test_how_often_votes_are_counted_is_a_setting(monkeypatch: pytest.MonkeyPatch):
    """The code location reads it when it is loaded."""
    monkeypatch.setenv("ODDSLINE_VOTE_CRON", "0 * * * *")

    schedule = voting.definitions().resolve_schedule_def("count_votes_on_schedule")

    assert schedule.cron_schedule == "0 * * * *"


def said(count: tuple[Progress, list[Told]], market_id: str) -> Told:
    """What a count says of one market."""
    (found,) = [told for told in count[1] if told.market_id == market_id]
    return found


def proof_holds(api: Any, market_id: str, key: Keypair) -> bool:
    """Checks an inclusion proof with nothing but sha256."""
    proof = api.get(f"/votes/{market_id}/proof/{key.pubkey()}").raise_for_status().json()["data"]
    current = bytes.fromhex(proof["leaf"])
    for step in proof["path"]:
        sibling = bytes.fromhex(step["hash"])
        pair = sibling + current if step["side"] == "left" else current + sibling
        current = hashlib.sha256(b"\x01" + pair).digest()
    return bool(proof["counted"]) and current.hex() == proof["root"]
