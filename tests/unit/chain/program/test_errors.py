"""Failures are named by the IDL, and the name decides what to do."""

from typing import Any

import pytest

from chain.codec import ProgramCodec, load_idl
from chain.program.errors import _LOOK, _TRANSIENT, FailureClass, name_failure
from chain.program.interface import IDL_FOLDER
from tests.unit.chain.stories import codec

T, P, U = FailureClass.TRANSIENT, FailureClass.PERMANENT, FailureClass.UNKNOWN


def custom(code: int) -> dict[str, Any]:
    return {"InstructionError": [2, {"Custom": code}]}


FAILURES: list[tuple[Any, str, FailureClass]] = [
    (custom(6027), "DisputePeriodNotEnded", T),
    (custom(6010), "ProtocolPaused", T),
    (custom(6029), "Unauthorized", P),
    (custom(6025), "InsufficientVotes", P),
    (custom(6006), "InvalidStateTransition", U),
    (custom(6007), "InvalidMarketState", U),
    (custom(0), "AccountAlreadyInUse", U),
    (custom(1), "InsufficientLamports", P),
    (custom(7777), "Custom7777", U),
    ("BlockhashNotFound", "BlockhashNotFound", T),
    ("AlreadyProcessed", "AlreadyProcessed", U),
    ("InsufficientFundsForFee", "InsufficientFundsForFee", T),
    ({"InsufficientFundsForRent": {"account_index": 0}}, "InsufficientFundsForRent", P),
    ({"InstructionError": [0, "ComputationalBudgetExceeded"]}, "ComputationalBudgetExceeded", T),
    ({"InstructionError": [0, {"BorshIoError": "x"}]}, "BorshIoError", P),
    (None, "Unknown", U),
    (5, "Unknown", U),
]


@pytest.mark.parametrize(("err", "name", "failure_class"), FAILURES, ids=str)
def test_a_failure_has_a_name_and_a_class(err: Any, name: str, failure_class: FailureClass) -> None:
    failure = name_failure(codec, err)

    assert (failure.name, failure.failure_class) == (name, failure_class)


def test_the_failing_instruction_is_told() -> None:
    assert name_failure(codec, custom(6029)).instruction == 2


def test_under_the_first_interface_the_same_code_has_another_name() -> None:
    """It lacked InvalidGlobalConfig, so every later code was one lower."""
    first = ProgramCodec(load_idl(IDL_FOLDER / "market_first.json"))

    assert name_failure(first, custom(6028)).name == "Unauthorized"
    assert name_failure(codec, custom(6028)).name == "AlreadyDisputed"
    assert name_failure(first, custom(6004)).name == name_failure(codec, custom(6004)).name


def test_every_name_with_a_class_of_its_own_is_in_the_interface() -> None:
    names = {error.name for error in codec.idl.errors}

    assert names >= _TRANSIENT | _LOOK
