"""What a discriminator finds, and what it does when bytes are wrong."""

from typing import Any

import pytest

from chain.codec import (
    InvalidValue,
    ProgramCodec,
    ShortData,
    TrailingBytes,
    UnknownDiscriminator,
)
from chain.codec.idl import parse_idl
from chain.program.interface import load_program
from tests.unit.chain.codec.idls import TAG, event_idl, struct_type

KEY = "Markets111111111111111111111111111111111111"
codec = load_program(KEY).codec

SIZES = {  # program-interface.md §1.5, without the discriminator
    "GlobalConfigInitialized": {74},
    "MarketCreated": {81},
    "ProposalVoteSubmitted": {73},
    "ProposalAggregated": {50},
    "ProposalApproved": {72},
    "MarketActivated": {80},
    "SharesBought": {97},
    "SharesSold": {97},
    "MarketResolved": {119},
    "DisputeInitiated": {73, 74},
    "DisputeVoteSubmitted": {73},
    "DisputeAggregated": {50},
    "MarketFinalized": {42, 43},
    "WinningsClaimed": {81, 82},
    "LiquidityWithdrawn": {80},
    "ConfigUpdated": {34},
    "ProtocolPauseStatusChanged": {41},
    "MarketCancelled": {72},
}


def accepted_sizes(name: str) -> set[int]:
    discriminator = next(e.discriminator for e in codec.idl.events if e.name == name)
    sizes = set()
    for size in range(130):
        try:
            decoded = codec.decode_event(discriminator + bytes(size))
        except (ShortData, TrailingBytes):
            continue
        sizes.add(size)
        assert decoded.name == name
    return sizes


@pytest.mark.parametrize("name", SIZES)
def test_every_event_takes_exactly_the_bytes_the_interface_says(name: str) -> None:
    """Zeros read as None, so of two sizes the smaller; WinningsClaimed's first layout has 88."""
    expected = {min(SIZES[name])} | ({88} if name == "WinningsClaimed" else set())

    assert accepted_sizes(name) == expected


def test_both_layouts_of_winnings_claimed_are_told_apart_by_length() -> None:
    new = {"market": KEY, "user": KEY, "outcome": True, "amount": 5, "timestamp": 6}
    data = codec.encode_event("WinningsClaimed", new)
    first = data[:8] + bytes.fromhex("ab" * 32) + bytes(32) + bytes([7, *[0] * 7, 8, *[0] * 15])

    assert len(data) == 8 + 82
    assert codec.decode_event(data).fields == new
    assert codec.decode_event(first).fields == {
        "market_id": "ab" * 32,
        "user": "1" * 32,
        "amount": 7,
        "resolver_fee": 8,
        "timestamp": 0,
    }


def test_an_unknown_discriminator_says_which() -> None:
    with pytest.raises(UnknownDiscriminator, match="ff00000000000000"):
        codec.decode_event(b"\xff" + bytes(20))


def test_fewer_bytes_than_a_discriminator_are_short() -> None:
    with pytest.raises(ShortData):
        codec.decode_event(b"\x01")


def test_bytes_after_an_event_are_an_outcome_of_their_own() -> None:
    data = codec.encode_event("MarketCancelled", cancelled())

    with pytest.raises(TrailingBytes, match="1 bytes"):
        codec.decode_event(data + b"\x00")


def cancelled() -> dict[str, Any]:
    return {"market_id": "00" * 32, "cancelled_by": KEY, "cancelled_at": 1}


def test_accounts_may_be_followed_by_stale_bytes() -> None:
    vote = {
        "market": KEY,
        "user": KEY,
        "vote_type": 1,
        "vote": True,
        "voted_at": 5,
        "bump": 255,
    }
    data = codec.encode_account("VoteRecord", vote)

    assert len(data) == 83
    assert codec.decode_account(data + b"\xff" * 9) == ("VoteRecord", vote)


@pytest.mark.parametrize("name", [ix.name for ix in codec.idl.instructions])
def test_instructions_without_their_arguments_are_short_or_have_none(name: str) -> None:
    definition = codec.instructions[name]

    if definition.args:
        with pytest.raises(ShortData):
            codec.decode_instruction(definition.discriminator)
    else:
        assert codec.decode_instruction(definition.discriminator) == (name, {})


def test_names_that_are_not_in_the_interface_are_refused() -> None:
    with pytest.raises(UnknownDiscriminator):
        codec.encode_instruction("drain", {})


@pytest.mark.parametrize("length", [0, 1, 3, 8, 16])
def test_discriminators_may_have_any_length(length: int) -> None:
    document = event_idl("u8")
    document["events"][0]["discriminator"] = list(range(length))
    other = ProgramCodec(parse_idl(document))

    assert other.decode_event(bytes(range(length)) + b"\x09").fields == {"it": 9}


def test_of_two_discriminators_that_fit_the_longer_wins() -> None:
    document = event_idl("u8", [struct_type("Longer", ("that", "u8"))])
    document["events"].append({"name": "Longer", "discriminator": [*TAG, 9]})
    other = ProgramCodec(parse_idl(document))

    assert other.decode_event(bytes([*TAG, 9, 5])) == ("Longer", {"that": 5})
    assert other.decode_event(bytes([*TAG, 8])) == ("Seen", {"it": 8})


def test_a_bool_that_is_neither_is_refused_in_the_fast_path_too() -> None:
    data = bytearray(codec.encode_event("ProtocolPauseStatusChanged", paused()))
    data[8] = 2

    with pytest.raises(InvalidValue):
        codec.decode_event(bytes(data))


def paused() -> dict[str, Any]:
    return {"is_paused": True, "paused_by": KEY, "timestamp": 1}
