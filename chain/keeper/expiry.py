"""When a signed transaction is provably dead. Pure.

Signing anew while the old transaction may still land executes twice, so the proof is strict:
1. the node's *finalized* block height is past the height up to which the signed blockhash is good;
2. the same node, no further behind than that, finds nothing in a search of its whole history, nor
   does a second node, where there is one;
3. the node's numbers are possible: slot minus height only ever grows, as slots get skipped. One
   that answers slots for heights (a public node did, off by 21.9 million) shows a smaller
   difference than the blockhash was given out with.
"""

from __future__ import annotations

from enum import Enum

from chain.keeper.transaction import Signed
from chain.rpc_types import EpochInfo

# Of a blockhash, in blocks; never in seconds, since slots get shorter.
BLOCKHASH_LIFE = 150


class Verdict(Enum):
    ALIVE = "alive"  # it may still land
    EXPIRED = "expired"  # it never will
    UNPROVEN = "unproven"  # this node's word is not enough


def height_passed(signed: Signed, finalized: EpochInfo) -> Verdict:
    """Points 1 and 3: what a node's finalized slot and height say."""
    if signed.signed_slot is not None:
        height_then = signed.last_valid_block_height - BLOCKHASH_LIFE
        skipped_then = signed.signed_slot - height_then
        if finalized.absolute_slot - finalized.block_height < skipped_then:
            return Verdict.UNPROVEN
    if finalized.block_height <= signed.last_valid_block_height:
        return Verdict.ALIVE
    return Verdict.EXPIRED


def nothing_found(finalized: EpochInfo, searches: list[tuple[int, bool]]) -> Verdict:
    """Point 2: each search is the slot a node searched at and whether it found the signature."""
    if any(found for _, found in searches):
        return Verdict.ALIVE
    if not searches or any(slot < finalized.absolute_slot for slot, _ in searches):
        return Verdict.UNPROVEN
    return Verdict.EXPIRED
