"""What an intent becomes is the account's word; what is so already is done."""

from dataclasses import replace
from typing import Any

import pytest

from chain.keeper.actions import ROLE_OF, Done, Ready, Refused, judge
from chain.program.accounts import MarketAccount, read_account_as
from chain.program.states import NEVER_SENT, State
from tests.unit.chain.program.test_accounts import market as market_bytes
from tests.unit.chain.stories import codec, program

BASE = read_account_as(program, market_bytes(), MarketAccount)
PROPOSED = replace(
    BASE, state=State.PROPOSED, approved_at=0, activated_at=0, proposal_likes=0, proposal_dislikes=0
)
APPROVED = replace(PROPOSED, state=State.APPROVED, approved_at=1)
ACTIVE = replace(APPROVED, state=State.ACTIVE, activated_at=2)
COUNTS = {"likes": 7, "dislikes": 3}
NO_COUNTS = {"dispute_agree": None, "dispute_disagree": None}
VOTES = {"dispute_agree": 6, "dispute_disagree": 4}


def in_state(state: State) -> MarketAccount:
    return replace(ACTIVE, state=state)


READY: list[tuple[str, dict[str, Any], MarketAccount, list[str]]] = [
    ("aggregate_proposal_votes", COUNTS, PROPOSED, ["aggregate_proposal_votes"]),
    ("approve_proposal", {}, PROPOSED, ["approve_proposal"]),
    ("approve_proposal", COUNTS, PROPOSED, ["aggregate_proposal_votes", "approve_proposal"]),
    (
        "approve_proposal",
        {**COUNTS, "activate": True},
        PROPOSED,
        ["aggregate_proposal_votes", "approve_proposal", "activate_market"],
    ),
    (
        "approve_proposal",
        COUNTS,
        replace(PROPOSED, proposal_likes=7, proposal_dislikes=3),
        ["approve_proposal"],
    ),
    ("approve_proposal", {**COUNTS, "activate": True}, APPROVED, ["activate_market"]),
    ("activate_market", {}, APPROVED, ["activate_market"]),
    ("finalize_market", {}, in_state(State.RESOLVING), ["finalize_market"]),
    ("finalize_market", NO_COUNTS, in_state(State.RESOLVING), ["finalize_market"]),
    ("finalize_market", VOTES, in_state(State.DISPUTED), ["finalize_market"]),
    ("cancel_market", {}, APPROVED, ["cancel_market"]),
]


@pytest.mark.parametrize(("action", "args", "account", "steps"), READY)
def test_only_what_the_account_still_lacks_is_sent(
    action: str, args: dict[str, Any], account: MarketAccount, steps: list[str]
) -> None:
    verdict = judge(action, {**args, "memo": "why"}, account)

    assert isinstance(verdict, Ready)
    assert [step.instruction for step in verdict.steps] == steps
    assert verdict.memo == "why"


DONE = [
    (
        "aggregate_proposal_votes",
        COUNTS,
        replace(PROPOSED, proposal_likes=7, proposal_dislikes=3, proposal_total_votes=10),
    ),
    ("approve_proposal", {}, APPROVED),
    ("approve_proposal", {"activate": True}, ACTIVE),
    ("activate_market", {}, in_state(State.DISPUTED)),
    ("finalize_market", VOTES, in_state(State.FINALIZED)),
    ("cancel_market", {}, replace(PROPOSED, state=State.CANCELLED)),
]


@pytest.mark.parametrize(("action", "args", "account"), DONE)
def test_what_the_account_shows_is_done_whoever_did_it(
    action: str, args: dict[str, Any], account: MarketAccount
) -> None:
    assert judge(action, args, account) == Done()


REFUSED = [
    ("finalize_market", {}, in_state(State.DISPUTED), "InvalidMarketState"),
    ("finalize_market", VOTES, in_state(State.RESOLVING), "InvalidMarketState"),
    ("finalize_market", {"dispute_agree": 1}, in_state(State.DISPUTED), "InvalidArguments"),
    ("approve_proposal", {"likes": 1}, PROPOSED, "InvalidArguments"),
    ("approve_proposal", {}, replace(PROPOSED, state=State.CANCELLED), "InvalidMarketState"),
    ("aggregate_proposal_votes", {}, PROPOSED, "InvalidArguments"),
    ("aggregate_proposal_votes", {"likes": -1, "dislikes": 0}, PROPOSED, "InvalidArguments"),
    ("aggregate_proposal_votes", {"likes": 2**32, "dislikes": 0}, PROPOSED, "InvalidArguments"),
    ("aggregate_proposal_votes", COUNTS, ACTIVE, "InvalidMarketState"),
    ("activate_market", {}, PROPOSED, "InvalidMarketState"),
    ("activate_market", {"memo": 5}, APPROVED, "InvalidArguments"),
    ("activate_market", {"amount": 5}, APPROVED, "InvalidArguments"),
    ("cancel_market", {}, ACTIVE, "InvalidMarketState"),
    ("activate_market", {}, None, "AccountGone"),
    ("aggregate_dispute_votes", {}, ACTIVE, "UnknownAction"),
    ("withdraw_liquidity", {}, ACTIVE, "UnknownAction"),
]


@pytest.mark.parametrize(("action", "args", "account", "name"), REFUSED)
def test_what_means_nothing_any_more_is_refused_by_name(
    action: str, args: dict[str, Any], account: MarketAccount | None, name: str
) -> None:
    verdict = judge(action, args, account)

    assert isinstance(verdict, Refused)
    assert verdict.name == name


def test_the_allow_list_names_instructions_of_the_interface_and_no_trap() -> None:
    assert set(ROLE_OF) <= set(codec.instructions)
    assert not set(ROLE_OF) & NEVER_SENT
