"""Disputes on a real chain: decided at their period's end, extended once, then by an operator."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from chain.program.states import State
from oddsline import blocking
from oddsline.line import Line
from orchestration.chain_view import ChainView
from orchestration.intents import waiting
from orchestration.monitor import advance, look
from orchestration.monitor.advance import Outcome
from tests.support.voting import CORE, Public

pytestmark = pytest.mark.slow

PERIOD_S = 1000  # of the chain's clock; tests set it forward
RULES = {
    "ODDSLINE_CHAIN_PRIVATE": "true",
    "ODDSLINE_DISPUTE_VOTING_PERIOD_S": str(PERIOD_S),
    "ODDSLINE_DISPUTE_QUORUM": "3",
    "ODDSLINE_LOCAL_DISPUTE_PERIOD": "1000000",
}


@pytest.fixture(scope="module")
def public() -> Iterator[Public]:
    with Line.private(CORE, env=RULES, durable=False) as line:
        headers = {"X-API-Key": line.service_key}
        with httpx2.Client(base_url=line.url("api"), headers=headers, timeout=10) as api:
            yield Public(line, api)


def advance_due(public: Public) -> dict[str, Outcome]:
    """What the monitor's run does: look, judge, open intents, wait for the keeper."""
    known, moment = public.known, public.moment()
    chain = ChainView(known.chain_url, known.program_id)
    with blocking.session(known.database_url, name="test") as connection:
        found = look.candidates(
            connection,
            known.periods(moment.config.dispute_period),
            now=moment.now,
            resting=[],
            at_most=100,
        )
    ids, told = advance.open_due(known.database_url, chain, found, known, "a run")
    progress = waiting.wait(known.database_url, ids, patience_s=30)
    return {one.market_id: one for one in [*told, *advance.outcomes(progress)]}


def alerts(public: Public) -> list[tuple[str, str, str]]:
    with blocking.session(public.line.database_url, name="test") as connection:
        found = blocking.rows(connection, "select rule, subject, state from ops.alerts")
    return [(row["rule"], row["subject"], row["state"]) for row in found]


def command(public: Public, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`oddsline disputes …`, as an operator of this line types it."""
    return subprocess.run(
        [sys.executable, "-m", "oddsline.cli", "disputes", *arguments],
        env=os.environ | public.line.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def test_a_dispute_is_decided_by_what_was_cast_before_its_end(public: Public, tmp_path: Path):
    """Upheld by three to one; ballots after the end are stored, shown and not counted."""
    market_id = public.disputed()
    for choice in ("agree", "agree", "agree", "disagree"):
        assert public.cast(market_id, choice).status_code == 202
    assert market_id not in advance_due(public)
    public.warp(PERIOD_S)
    public.proposed()  # somebody's transaction shows the line what time it is on chain
    for _ in range(4):
        assert public.cast(market_id, "disagree").status_code == 202

    outcome = advance_due(public)[market_id]

    assert (outcome.action, outcome.state) == ("finalize_market", "done")
    account = public.account(market_id)
    assert (account.state, account.proposed_outcome) == (State.FINALIZED, True)
    assert account.final_outcome is False
    assert (account.dispute_agree, account.dispute_disagree) == (3, 1)
    public.until_state(market_id, "FINALIZED")
    tally = public.tally(market_id, "dispute")
    assert tally["decided"]["decision"] == "upheld"
    assert tally["decided"]["sent"] == {"in_favour": 3, "against": 1}
    again = public.recounted(market_id, "dispute", tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr


def test_without_a_quorum_a_dispute_is_extended_once_and_then_waits_for_an_operator(
    public: Public, tmp_path: Path
):
    """As voted, by two to nobody; until then nothing is sent, and an alert fires."""
    market_id = public.disputed()
    assert public.cast(market_id, "agree").status_code == 202
    public.warp(PERIOD_S)
    assert advance_due(public)[market_id].state == "not due"
    assert public.tally(market_id, "dispute")["decided"]["decision"] == "extended"
    early = command(public, "resolve", "--market", market_id, "--as-voted")
    assert (early.returncode, "extended" in early.stderr) == (2, True)
    assert public.cast(market_id, "agree").status_code == 202

    public.warp(PERIOD_S)
    assert advance_due(public)[market_id].state == "not due"

    assert public.account(market_id).state is State.DISPUTED
    assert ("dispute_without_quorum", market_id, "firing") in alerts(public)
    assert market_id in command(public, "list").stdout
    told = command(public, "resolve", "--market", market_id, "--as-voted")
    assert told.returncode == 0, told.stdout + told.stderr
    account = public.account(market_id)
    assert (account.state, account.final_outcome) == (State.FINALIZED, False)
    assert (account.dispute_agree, account.dispute_disagree) == (2, 0)
    assert ("dispute_without_quorum", market_id, "resolved") in alerts(public)
    decided = public.tally(market_id, "dispute")["decided"]
    assert (decided["decision"], decided["decided_by"]) == ("upheld", "operator:as-voted")
    assert decided["memo"].endswith("decided=operator:as-voted")
    again = public.recounted(market_id, "dispute", tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_dispute_nobody_voted_on_keeps_its_outcome_and_the_chain_says_who_decided(
    public: Public, tmp_path: Path
):
    """The program takes no 0 to 0: one vote against is sent, and shown apart from the tally."""
    market_id = public.disputed(yes=False)
    public.warp(2 * PERIOD_S)
    assert advance_due(public)[market_id].state == "not due"
    refused = command(public, "resolve", "--market", market_id, "--as-voted")
    assert (refused.returncode, "nobody voted" in refused.stderr) == (2, True)

    told = command(public, "resolve", "--market", market_id, "--keep-outcome")

    assert told.returncode == 0, told.stdout + told.stderr
    assert "counted 0 to 0" in told.stdout
    assert "sent    0 to 1 (keep-outcome)" in told.stdout
    account = public.account(market_id)
    assert (account.state, account.final_outcome) == (State.FINALIZED, False)
    decided = public.tally(market_id, "dispute")["decided"]
    assert (decided["in_favour"], decided["against"]) == (0, 0)
    assert decided["sent"] == {"in_favour": 0, "against": 1}
    again = public.recounted(market_id, "dispute", tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "an operator kept the outcome" in again.stdout
    twice = command(public, "resolve", "--market", market_id, "--keep-outcome")
    assert (twice.returncode, "not disputed" in twice.stderr) == (2, True)
