"""A signed transaction is dead only by strict proof; a lying or lagging node proves nothing."""

import pytest

from chain.keeper.expiry import Verdict, height_passed, nothing_found
from chain.keeper.transaction import Signed
from chain.rpc_types import EpochInfo

SKIPPED = 1_000  # slots skipped before the blockhash was given out
SIGNED = Signed("s", b"", last_valid_block_height=5_150, signed_slot=5_000 + SKIPPED)


def at(height: int, skipped: int = SKIPPED) -> EpochInfo:
    return EpochInfo(absolute_slot=height + skipped, block_height=height, epoch=0)


@pytest.mark.parametrize("height", [5_000, 5_149, 5_150])
def test_up_to_its_last_valid_height_it_may_land(height: int) -> None:
    assert height_passed(SIGNED, at(height)) is Verdict.ALIVE


def test_past_its_last_valid_height_it_may_be_dead() -> None:
    assert height_passed(SIGNED, at(5_151)) is Verdict.EXPIRED
    assert height_passed(SIGNED, at(5_151, SKIPPED + 30)) is Verdict.EXPIRED


def test_a_node_that_answers_slots_for_heights_proves_nothing() -> None:
    assert height_passed(SIGNED, at(6_500, skipped=0)) is Verdict.UNPROVEN


def test_without_the_slot_only_the_height_speaks() -> None:
    assert height_passed(SIGNED._replace(signed_slot=None), at(5_151, 0)) is Verdict.EXPIRED


NOW = at(5_200)
SEARCHES = [
    ([(NOW.absolute_slot, False)], Verdict.EXPIRED),
    ([(NOW.absolute_slot + 9, False), (NOW.absolute_slot, False)], Verdict.EXPIRED),
    ([(NOW.absolute_slot, True)], Verdict.ALIVE),
    ([(NOW.absolute_slot, False), (NOW.absolute_slot, True)], Verdict.ALIVE),
    ([(NOW.absolute_slot - 1, False)], Verdict.UNPROVEN),
    ([(NOW.absolute_slot, False), (NOW.absolute_slot - 1, False)], Verdict.UNPROVEN),
    ([], Verdict.UNPROVEN),
]


@pytest.mark.parametrize(("searches", "verdict"), SEARCHES)
def test_a_search_counts_only_from_a_node_that_has_seen_as_far(
    searches: list[tuple[int, bool]], verdict: Verdict
) -> None:
    assert nothing_found(NOW, searches) is verdict
