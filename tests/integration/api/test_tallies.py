"""What is needed for a decision is the program's and this deployment's; what was sent is shown."""

import pytest

from api.models.base import One
from api.models.votes import Sent, Tally
from api.settings import ApiSettings
from tests.integration.api import rows
from tests.integration.api.conftest import Api

ROUND = rows.signature("opened")


@pytest.fixture
def settings(settings: ApiSettings) -> ApiSettings:
    """Three voters are needed here."""
    rules = {"proposal_min_voters": 3, "dispute_quorum": 2, "vote_eligibility": "traded"}
    return settings.model_copy(update=rules)


@pytest.fixture
async def disputed(api: Api) -> Api:
    """Market 1 is disputed, in its second round."""
    await rows.market(api.owner, 1, state="DISPUTED")
    for slot, name in ((1, "earlier"), (2, "opened")):
        opened = {"event": "DisputeInitiated", "signature": rows.signature(name)}
        await rows.transition(api.owner, 1, slot, "DISPUTED", **opened)
    return api


async def cast(api: Api, wallet: str, choice: str, kind: str = "dispute") -> None:
    await rows.ballot(api.owner, 1, wallet, choice, kind, ROUND)


async def counted(api: Api, **changes: object) -> None:
    """A row of ops.tallies."""
    row = {
        "market_id": rows.market_id(1),
        "kind": "dispute",
        "round": ROUND,
        "in_favour": 0,
        "against": 1,
        "voters": 1,
        "threshold_bps": 6000,
        "quorum": 2,
        "eligibility": "traded",
        "decision": "extended",
        "decided_by": "tally",
        "counted_root": "aa" * 32,
        "rejected_root": "bb" * 32,
        "rejected": 0,
        "cutoff_seq": 9,
        "chain_until": 1_793_000_000,
    } | changes
    await rows.insert(api.owner, "ops.tallies", row)


async def tally(api: Api, kind: str = "dispute") -> Tally:
    answer = await api.get(f"/votes/{rows.market_id(1)}", params={"kind": kind})
    assert answer.status_code == 200, answer.text
    return One[Tally].model_validate_json(answer.content).data


async def test_thresholds_are_those_of_the_configuration_in_force(disputed: Api):
    """GlobalConfig may be changed at any time; who must agree follows it at once."""
    await rows.configuration(disputed.owner, 1, 7000, 6000)
    await rows.configuration(disputed.owner, 2, 5100, 6600)
    for wallet in "ab":
        await cast(disputed, wallet, "agree")
    await cast(disputed, "c", "disagree")

    found = await tally(disputed)

    assert (found.threshold_bps, found.quorum, found.reached) == (6600, 2, True)
    assert found.eligibility == "traded"
    assert (await tally(disputed, "proposal")).threshold_bps == 5100


async def test_without_the_quorum_nothing_is_reached(disputed: Api):
    """All of one voter agree."""
    await rows.configuration(disputed.owner, 1, 7000, 6000)
    await rows.configuration(disputed.owner, 2, 7000, 6000)
    await cast(disputed, "a", "agree")

    found = await tally(disputed)

    assert (found.in_favour, found.quorum, found.reached) == (1, 2, False)


async def test_before_the_configuration_was_seen_no_threshold_is_made_up(disputed: Api):
    """Null, and not reached."""
    await cast(disputed, "a", "agree")

    found = await tally(disputed)

    assert (found.threshold_bps, found.reached) == (None, False)


async def test_a_count_that_was_not_sent_says_so(disputed: Api):
    """Extended for want of a quorum."""
    await counted(disputed)

    decided = (await tally(disputed)).decided

    assert decided is not None
    assert (decided.decision, decided.in_favour, decided.against) == ("extended", 0, 1)
    assert (decided.sent, decided.memo) == (None, None)


async def test_what_an_operator_sent_is_shown_apart_from_the_tally(disputed: Api):
    """Nobody voted for the dispute; the operator kept the outcome, which takes one against it."""
    await counted(disputed, decision="manual_review")
    operator = {"decision": "rejected", "decided_by": "operator:keep-outcome", "memo": "a memo"}
    await counted(disputed, **operator, sent_in_favour=0, sent_against=1, in_favour=1, against=0)

    decided = (await tally(disputed)).decided

    assert decided is not None
    assert decided.decided_by == "operator:keep-outcome"
    assert (decided.in_favour, decided.against) == (1, 0)
    assert decided.sent == Sent(in_favour=0, against=1)


async def test_what_a_tally_decided_was_sent_as_it_is(disputed: Api):
    """The count itself went to the chain."""
    await counted(disputed, decision="rejected", in_favour=1, against=4, memo="a memo")

    decided = (await tally(disputed)).decided

    assert decided is not None
    assert decided.sent == Sent(in_favour=1, against=4)


async def test_the_count_of_an_earlier_round_is_not_this_rounds(disputed: Api):
    """A dispute that was opened again starts from nothing."""
    await counted(disputed, round=rows.signature("earlier"), decision="upheld", memo="a memo")

    assert (await tally(disputed)).decided is None
