"""Errors by name, from the IDL; and what each means for whoever sent the transaction."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from chain.codec import ProgramCodec


class FailureClass(Enum):
    """What to do about a failure."""

    TRANSIENT = "Transient"  # may pass by itself: try again
    PERMANENT = "Permanent"  # the same again fails the same way
    ALREADY_DONE = "AlreadyDone"  # what was wanted is so; success
    UNKNOWN = "Unknown"  # nobody knows: look before anything else


class Failure(NamedTuple):
    """Why a transaction failed; `name` is the IDL's or the runtime's word."""

    name: str
    failure_class: FailureClass
    detail: str
    instruction: int | None = None


# Time has to pass first, or somebody has to lift a pause.
_TRANSIENT = {
    "DisputePeriodNotEnded",
    "ResolutionPeriodNotEnded",
    "ProtocolPaused",
    "MarketPaused",
}
# The market may have moved in between: the account says whether what was wanted is so.
_LOOK = {
    "InvalidStateTransition",
    "InvalidMarketState",
    "InvalidStateForVoting",
    "AlreadyResolved",
    "AlreadyDisputed",
    "AlreadyInitialized",
    "MarketAlreadyCancelled",
    "AlreadyClaimed",
    "AlreadyVoted",
}
# The runtime's own words.
_RUNTIME_TRANSIENT = {
    "InsufficientFundsForFee",  # until somebody funds the payer
    "AccountNotFound",  # the payer has never been funded
    "BlockhashNotFound",
    "AccountInUse",
    "WouldExceedMaxBlockCostLimit",
    "WouldExceedMaxAccountCostLimit",
    "WouldExceedAccountDataBlockLimit",
    "ClusterMaintenance",
    "ComputationalBudgetExceeded",
    "ProgramFailedToComplete",
}


def name_failure(codec: ProgramCodec, err: Any) -> Failure:
    """Read a transaction's `err` as the RPC gives it.

    A string ("BlockhashNotFound"), {"InstructionError": [i, …]} whose second part is a string or
    {"Custom": code}, or another object. An unknown code keeps its number as its name.
    """
    if isinstance(err, dict) and "InstructionError" in err:
        index, inner = err["InstructionError"]
        if isinstance(inner, dict) and "Custom" in inner:
            return _custom(codec, index, int(inner["Custom"]))
        return _runtime(inner if isinstance(inner, str) else next(iter(inner)), err, index)
    if isinstance(err, str):
        return _runtime(err, err, None)
    if isinstance(err, dict) and err:
        return _runtime(str(next(iter(err))), err, None)
    return Failure("Unknown", FailureClass.UNKNOWN, repr(err))


def _custom(codec: ProgramCodec, index: int, code: int) -> Failure:
    error = codec.errors.get(code)
    if error is not None:
        return Failure(error.name, _class_of(error.name), error.message, index)
    if code == 0:  # the system program's: an `init` of an account that is there
        return Failure("AccountAlreadyInUse", FailureClass.UNKNOWN, "already in use", index)
    if code == 1:
        return Failure("InsufficientLamports", FailureClass.PERMANENT, "unfunded", index)
    return Failure(f"Custom{code}", FailureClass.UNKNOWN, f"error code {code}", index)


def _class_of(name: str) -> FailureClass:
    if name in _TRANSIENT:
        return FailureClass.TRANSIENT
    return FailureClass.UNKNOWN if name in _LOOK else FailureClass.PERMANENT


def _runtime(name: str, err: Any, index: int | None) -> Failure:
    if name == "AlreadyProcessed":
        failure_class = FailureClass.UNKNOWN
    elif name in _RUNTIME_TRANSIENT:
        failure_class = FailureClass.TRANSIENT
    else:
        failure_class = FailureClass.PERMANENT
    return Failure(name, failure_class, str(err), index)
