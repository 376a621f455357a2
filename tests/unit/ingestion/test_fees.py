"""The fee book: which rates were in force at a slot, in whatever order one hears of them."""

import itertools
from typing import Any

import pytest

from chain.decode import decode
from chain.program.fee_schedule import FeeSchedule
from ingestion.intake.fees import FeeBook
from tests.unit.chain.stories import call, codec, data_line, program, told


def rates(protocol: int, resolver: int = 20, provider: int = 30) -> dict[str, Any]:
    """A ConfigUpdated event's rates."""
    return {
        "protocol_fee_bps": protocol,
        "resolver_reward_bps": resolver,
        "liquidity_provider_fee_bps": provider,
    }


def test_before_any_update_the_programs_own_rates_hold() -> None:
    """A book that knows nothing says what the program begins with."""
    assert FeeBook().at(10**9) == FeeSchedule()


@pytest.mark.parametrize("order", [*itertools.permutations([(10, 1), (20, 2), (30, 3)])])
def test_an_update_holds_from_the_slot_after_it_until_the_next(
    order: tuple[tuple[int, int], ...],
) -> None:
    """Whatever order the updates arrive in."""
    book = FeeBook()
    for slot, protocol in order:
        book.learn(slot, rates(protocol))

    assert book.at(10) == FeeSchedule()
    in_force = {slot: book.at(slot).protocol_bps for slot in (11, 20, 21, 30, 31, 10**9)}
    assert in_force == {11: 1, 20: 1, 21: 2, 30: 2, 31: 3, 10**9: 3}


def test_learning_an_update_again_changes_nothing() -> None:
    """A delivery that comes twice is one update."""
    book = FeeBook()
    book.learn(10, rates(1))
    book.learn(10, rates(1))

    assert book.at(11) == FeeSchedule(1, 20, 30)


def test_a_transaction_that_updates_the_configuration_teaches_it() -> None:
    """From the event as decoded, and from nothing else in the transaction."""
    args = {
        **rates(7),
        "proposal_approval_threshold": 4,
        "dispute_success_threshold": 5,
        "min_resolution_delay": 6,
        "dispute_period": 7,
    }
    event = codec.encode_event("ConfigUpdated", {**args, "timestamp": 1})
    update = call("update_global_config", {}, [data_line(event)], **args)
    book = FeeBook()
    book.learn_from(decode(told(update), program, FeeSchedule()).events)

    assert book.at(8) == FeeSchedule(7, 20, 30)


def test_a_configuration_rebuilt_from_a_cut_log_teaches_it_too() -> None:
    """The rates are arguments of the instruction; only the periods may be left unsaid."""
    args = {
        **rates(7),
        "proposal_approval_threshold": 4,
        "dispute_success_threshold": 5,
        "min_resolution_delay": None,
        "dispute_period": None,
    }
    cut = told(call("update_global_config", {}, **args), cut=1)
    book = FeeBook()
    book.learn_from(decode(cut, program, FeeSchedule()).events)

    assert book.at(8) == FeeSchedule(7, 20, 30)
