"""A memo says the same when it is read back, and fits beside the transactions it explains."""

import pytest

from votes.memo import TallyMemo

MEMO = TallyMemo("ab" * 32, "proposal", "5" * 88, 70, 30, "0" * 64, "f" * 64, 123456, 1_795_492_800)


def test_a_memo_reads_back_as_it_was_written():
    assert TallyMemo.parse(MEMO.text()) == MEMO


def test_a_memo_leaves_room_for_three_instructions_in_one_transaction():
    """A transaction holds 1,232 bytes; signatures, keys and the instructions need about 700."""
    assert len(MEMO.text()) < 500


@pytest.mark.parametrize("text", ["", "gm", "oddsline-tally:1 market=ab", "oddsline-tally:2 a=b"])
def test_other_peoples_memos_are_not_ours(text):
    with pytest.raises(ValueError, match="memo"):
        TallyMemo.parse(text)
