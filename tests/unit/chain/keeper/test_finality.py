"""When a done intent stands, waits or has fallen: by accounts first, then by its transaction."""

from dataclasses import replace
from typing import Any

import pytest

from chain.keeper.finality import Standing, standing
from chain.keeper.reader import Seen
from chain.keeper.states import Stage
from chain.keeper.store import Intent
from chain.keeper.transaction import Signed
from chain.program.accounts import MarketAccount
from chain.rpc_types import SignatureStatus
from tests.unit.chain.keeper.test_actions import APPROVED, PROPOSED

LANDED = 100
OURS = Signed("s", b"", 150, 90)
INTENT = Intent(1, "m", "M", "approve_proposal", {}, Stage.DONE, 1, 1, OURS, 0.0, LANDED)
THEIRS = replace(INTENT, signed=None, landed_slot=None)
COUNTS = {"likes": 7, "dislikes": 3}
COUNTED = replace(PROPOSED, proposal_likes=7, proposal_dislikes=3, proposal_total_votes=10)
RECOUNTED = replace(PROPOSED, proposal_likes=8, proposal_dislikes=3, proposal_total_votes=11)
COUNT = replace(INTENT, action="aggregate_proposal_votes", args=COUNTS)


def at(market: MarketAccount | None, slot: int = LANDED + 5) -> Seen:
    return Seen(slot, market, None)


def status(word: str, err: Any = None) -> SignatureStatus:
    return SignatureStatus(LANDED, err=err, confirmation_status=word)


FAILED = {"InstructionError": [0, {"Custom": 1}]}
CASES = {
    "final account": (INTENT, APPROVED, APPROVED, None, Standing.FINAL),
    "only confirmed yet": (INTENT, PROPOSED, APPROVED, status("confirmed"), Standing.WAIT),
    "account gone back, status stale": (
        INTENT, PROPOSED, PROPOSED, status("confirmed"), Standing.WAIT,
    ),
    "fell off": (INTENT, PROPOSED, PROPOSED, None, Standing.FALLEN),
    "in a block that nobody confirms": (
        INTENT, PROPOSED, PROPOSED, status("processed"), Standing.FALLEN,
    ),
    "somebody else's, still confirmed": (THEIRS, PROPOSED, APPROVED, None, Standing.WAIT),
    "somebody else's fell off": (THEIRS, PROPOSED, PROPOSED, None, Standing.FALLEN),
    "ours failed, theirs fell off": (
        INTENT, PROPOSED, PROPOSED, status("finalized", FAILED), Standing.FALLEN,
    ),
    "counts overwritten since": (COUNT, RECOUNTED, RECOUNTED, status("finalized"), Standing.FINAL),
    "others' counts overwritten": (
        replace(COUNT, signed=None, landed_slot=None), RECOUNTED, RECOUNTED, None, Standing.FINAL,
    ),
    "our counts not final yet": (COUNT, PROPOSED, COUNTED, None, Standing.WAIT),
}  # fmt: skip


@pytest.mark.parametrize(("intent", "final", "now", "known", "verdict"), CASES.values(), ids=CASES)
def test_a_done_intent_stands_by_the_accounts_word(
    intent: Intent,
    final: MarketAccount,
    now: MarketAccount,
    known: SignatureStatus | None,
    verdict: Standing,
) -> None:
    assert standing(intent, at(final), at(now), known) is verdict


def test_a_node_behind_the_landing_slot_proves_no_fork() -> None:
    """It simply has not seen the block yet."""
    behind = at(PROPOSED, LANDED - 1)

    assert standing(INTENT, behind, behind, None) is Standing.WAIT
