"""Methods about closed blocks."""

from typing import Any

from chain.local.blocks import Block
from chain.local.landed import Landed
from chain.local.rpc import errors
from chain.local.rpc.params import Params
from chain.local.rpc.transactions import shaped

Json = Any
MOST_BLOCKS = 500_000
DETAILS = ("full", "accounts", "signatures", "none")


def find(p: Params, slot: int) -> Block:
    """The block of a slot, however old.

    Raises:
        RpcError: skipped, older than everything kept, or not there yet.
    """
    if slot > p.chain.blocks.newest.slot:
        raise errors.not_available(slot)
    block = p.chain.blocks.find(slot) or p.chain.store.block(slot)
    if block is None and slot < p.chain.store.first_block():
        raise errors.long_term_skipped(slot)
    if block is None:
        raise errors.skipped(slot)
    return block


def get_block(p: Params) -> Json:
    """A confirmed block: `full` by default, `signatures` or `none`."""
    slot, options = p.at(0, int, "slot"), p.options(1)
    commitment = p.commitment(options)
    details = options.get("transactionDetails") or "full"
    if details not in DETAILS or details == "accounts":
        raise errors.invalid(f"transactionDetails {details} is not served here")
    if commitment == "processed":
        raise errors.invalid("Method does not support commitment below `confirmed`")
    if slot > p.chain.blocks.block(commitment).slot:
        raise errors.not_available(slot)
    block = find(p, slot)
    return _body(block, options) | _transactions(p.chain.history.in_slot(slot), details, options)


def _body(block: Block, options: dict[str, Json]) -> dict[str, Json]:
    body = {
        "blockHeight": block.height,
        "blockTime": block.time,
        "blockhash": block.hash,
        "parentSlot": block.parent_slot,
        "previousBlockhash": block.parent_hash,
    }
    return body if options.get("rewards") is False else {**body, "rewards": []}


def _transactions(landed: list[Landed], details: str, options: dict[str, Json]) -> dict[str, Json]:
    if details == "none":
        return {}
    if details == "signatures":
        return {"signatures": [one.signature for one in landed]}
    return {"transactions": [shaped(one, options) for one in landed]}


def get_blocks(p: Params) -> Json:
    """Slots with a block from one slot to another, both included."""
    first, last = p.at(0, int, "start slot"), p.maybe(1)
    place = 2 if isinstance(last, int) or last is None else 1
    tip = p.chain.blocks.block(p.commitment(p.options(place))).slot
    last = min(tip, last) if isinstance(last, int) else tip
    if last - first > MOST_BLOCKS:
        raise errors.invalid(f"Slot range too large; max {MOST_BLOCKS}")
    return _slots(p, first, last, MOST_BLOCKS)


def get_blocks_with_limit(p: Params) -> Json:
    """The next slots with a block, from one slot on."""
    first, limit = p.at(0, int, "start slot"), p.at(1, int, "limit")
    return _slots(p, first, p.chain.blocks.block(p.commitment(p.options(2))).slot, limit)


def _slots(p: Params, first: int, last: int, limit: int) -> list[int]:
    """Old slots from the store, recent ones from memory: the journal may be a batch behind."""
    seam = p.chain.blocks.oldest.slot
    old = p.chain.store.block_slots(first, min(last, seam - 1), limit)
    recent = [block.slot for block in p.chain.blocks.after(max(first, seam) - 1, last)]
    return (old + recent)[:limit]


def get_block_time(p: Params) -> Json:
    """A block's time in Unix seconds."""
    return find(p, p.at(0, int, "slot")).time


METHODS = {
    "getBlock": get_block,
    "getBlocks": get_blocks,
    "getBlocksWithLimit": get_blocks_with_limit,
    "getBlockTime": get_block_time,
}
