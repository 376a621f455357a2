"""Which block is how final, and which blockhash is still good: arithmetic without a VM."""

from hypothesis import given
from hypothesis import strategies as st

from chain.local.blocks import RECENT_BLOCKS, Block, Blocks, Commitment, Open

COMMITMENTS: tuple[Commitment, ...] = ("processed", "confirmed", "finalized")


def _chain(*, confirmed_after: int = 1, finalized_after: int = 4) -> Blocks:
    """Genesis at slot 100, height 40; slot 101 is open."""
    genesis = Block(100, 40, "genesis", 99, "none", 1000)
    return Blocks(
        [genesis],
        Open(101, 41, 1000),
        confirmed_after=confirmed_after,
        finalized_after=finalized_after,
    )


def _close(blocks: Blocks, count: int = 1, *, skip: int = 0) -> None:
    for _ in range(count):
        block = blocks.close(b"", slot=blocks.open.slot + 1 + skip, now=blocks.open.time)
        blocks.durable = block.slot


def test_a_young_chain_is_final_at_its_genesis():
    """Every commitment has a block from the first moment on."""
    blocks = _chain()
    assert {blocks.block(c).slot for c in COMMITMENTS} == {100}


def test_a_block_is_confirmed_then_finalized_after_so_many_slots():
    """The open slot is what is counted from."""
    blocks = _chain()
    _close(blocks, 6)
    tips = [blocks.tip(c).slot for c in COMMITMENTS]
    assert tips == [107, 106, 103]


def test_heights_count_blocks_and_slots_count_time():
    """A skipped slot has no height."""
    blocks = _chain()
    _close(blocks, 1, skip=10)
    _close(blocks)
    assert (blocks.newest.slot, blocks.newest.height) == (112, 42)
    assert blocks.find(105) is None
    assert blocks.newest.parent_slot == 101


def test_nothing_above_the_durable_block_is_told_as_confirmed():
    """A crash must not unsay what was confirmed."""
    blocks = _chain()
    _close(blocks)
    blocks.close(b"", slot=103, now=1000)
    assert blocks.block("confirmed").slot == 101
    blocks.durable = 102
    assert blocks.block("confirmed").slot == 102


def test_a_fork_drops_blocks_and_their_hashes_but_no_slot_number_returns():
    """The open slot stays where it is, its parent is the last survivor."""
    blocks = _chain()
    _close(blocks, 5)
    dead = blocks.newest.hash
    blocks.cut(104)
    assert blocks.newest.slot == 103
    assert blocks.open.slot == 106
    assert blocks.open.height == blocks.newest.height + 1
    assert blocks.by_hash(dead) is None


def test_a_tip_never_goes_back_over_a_fork():
    """A reader who saw a slot confirmed is not told an older one."""
    blocks = _chain()
    _close(blocks, 5)
    seen = blocks.tip("confirmed").slot
    blocks.cut(103)
    assert blocks.tip("confirmed").slot == seen


def test_two_blocks_of_equal_contents_have_different_hashes():
    """Slot and parent are in the hash."""
    blocks = _chain()
    _close(blocks, 3)
    hashes = {block.hash for block in blocks.after(0, 1000)}
    assert len(hashes) == 4


@given(st.integers(0, 400))
def test_a_blockhash_is_good_for_exactly_150_blocks(age: int):
    """Whatever its age, memory of it or not."""
    blocks = _chain()
    _close(blocks)
    taken = blocks.newest
    _close(blocks, age)
    assert (blocks.by_hash(taken.hash) is not None) == (age + 1 <= 150)


def test_memory_is_bounded_and_keeps_the_blockhash_window():
    """However long the chain runs."""
    blocks = _chain()
    _close(blocks, 5 * RECENT_BLOCKS)
    held = blocks.after(0, 10**9)
    assert RECENT_BLOCKS <= len(held) <= 2 * RECENT_BLOCKS
    assert blocks.by_hash(held[-150].hash) is not None


def test_time_never_runs_backwards():
    """A wall clock set back does not show in block times."""
    blocks = _chain()
    blocks.close(b"", slot=102, now=500)
    assert blocks.open.time == 1000
