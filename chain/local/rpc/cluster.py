"""Methods about the cluster and its clock: health, slots, heights, blockhashes."""

from typing import Any

from chain.local.blocks import Commitment
from chain.local.chain import FIRST_SLOT
from chain.local.rpc.errors import unhealthy
from chain.local.rpc.params import Params
from chain.local.vm import SLOTS_PER_EPOCH

Json = Any
VERSION = {"solana-core": "4.3.0", "feature-set": 0}


def in_context(p: Params, commitment: Commitment, value: Json) -> Json:
    """A value with the slot at which it was true."""
    return at_slot(p.chain.blocks.tip(commitment).slot, value)


def at_slot(slot: int, value: Json) -> Json:
    """The same for a slot that is known."""
    return {"context": {"slot": slot, "apiVersion": VERSION["solana-core"]}, "value": value}


def get_health(p: Params) -> Json:
    """`ok`, or -32005 while the node lags."""
    if p.chain.blocks.lag:
        raise unhealthy(p.chain.blocks.lag)
    return "ok"


def get_version(_: Params) -> Json:
    """The software's version."""
    return VERSION


def get_genesis_hash(p: Params) -> Json:
    """The hash that names this cluster."""
    return p.chain.genesis_hash


def get_slot(p: Params) -> Json:
    """The newest slot at a commitment."""
    return p.chain.blocks.tip(p.commitment(p.options(0))).slot


def get_block_height(p: Params) -> Json:
    """The number of blocks below; smaller than the slot, since slots get skipped."""
    return p.chain.blocks.tip(p.commitment(p.options(0))).height


def get_epoch_info(p: Params) -> Json:
    """Where in the epoch the chain stands."""
    tip = p.chain.blocks.tip(p.commitment(p.options(0)))
    return {
        "absoluteSlot": tip.slot,
        "blockHeight": tip.height,
        "epoch": tip.slot // SLOTS_PER_EPOCH,
        "slotIndex": tip.slot % SLOTS_PER_EPOCH,
        "slotsInEpoch": SLOTS_PER_EPOCH,
        "transactionCount": None,
    }


def get_latest_blockhash(p: Params) -> Json:
    """The newest blockhash at a commitment and the last height at which it is good."""
    commitment = p.commitment(p.options(0))
    block = p.chain.blocks.block(commitment)
    value = {"blockhash": block.hash, "lastValidBlockHeight": block.last_valid_height}
    return in_context(p, commitment, value)


def is_blockhash_valid(p: Params) -> Json:
    """Whether a transaction with this blockhash could still land."""
    commitment = p.commitment(p.options(1))
    block = p.chain.blocks.by_hash(p.at(0, str, "blockhash"))
    seen = block is not None and block.slot <= p.chain.blocks.block(commitment).slot
    return in_context(p, commitment, seen)


def get_first_available_block(p: Params) -> Json:
    """The oldest block kept: this chain keeps all."""
    return p.chain.store.first_block()


def get_recent_prioritization_fees(p: Params) -> Json:
    """Nobody competes here: zero for each of the last blocks."""
    newest = p.chain.blocks.newest.slot
    blocks = p.chain.blocks.after(max(FIRST_SLOT, newest - 150), newest)
    return [{"slot": block.slot, "prioritizationFee": 0} for block in blocks]


def get_minimum_balance_for_rent_exemption(p: Params) -> Json:
    """Lamports that exempt an account of that many bytes from rent."""
    return p.chain.vm.rent(p.at(0, int, "data length"))


METHODS = {
    "getHealth": get_health,
    "getVersion": get_version,
    "getGenesisHash": get_genesis_hash,
    "getSlot": get_slot,
    "getBlockHeight": get_block_height,
    "getEpochInfo": get_epoch_info,
    "getLatestBlockhash": get_latest_blockhash,
    "isBlockhashValid": is_blockhash_valid,
    "getFirstAvailableBlock": get_first_available_block,
    "minimumLedgerSlot": get_first_available_block,
    "getRecentPrioritizationFees": get_recent_prioritization_fees,
    "getMinimumBalanceForRentExemption": get_minimum_balance_for_rent_exemption,
}
