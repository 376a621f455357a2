"""Derived addresses come from the seeds the interface names, and from no others."""

import json

import pytest
from solders.pubkey import Pubkey

from chain.program import addresses
from chain.program.interface import IDL_FOLDER
from tests.unit.chain.stories import ALICE, MARKET, MARKET_ID, PROGRAM_ID

IDL = json.loads((IDL_FOLDER / "market.json").read_text())


def seeds(instruction: str, account: str) -> list[bytes]:
    """The IDL's seeds with this test's market and user filled in."""
    known = {"market": MARKET, "user": ALICE}
    ix = next(ix for ix in IDL["instructions"] if ix["name"] == instruction)
    entry = next(item for item in ix["accounts"] if item["name"] == account)
    filled = []
    for seed in entry["pda"]["seeds"]:
        if seed["kind"] == "const":
            filled.append(bytes(seed["value"]))
        elif seed["kind"] == "arg":
            filled.append(bytes.fromhex(MARKET_ID))
        else:
            filled.append(bytes(Pubkey.from_string(known[seed["path"]])))
    return filled


def derived(*parts: bytes) -> str:
    return str(Pubkey.find_program_address(list(parts), Pubkey.from_string(PROGRAM_ID))[0])


USES = [
    ("create_market", "global_config", addresses.global_config_address(PROGRAM_ID)),
    ("create_market", "market", addresses.market_address(PROGRAM_ID, MARKET_ID)),
    ("buy_shares", "position", addresses.position_address(PROGRAM_ID, MARKET, ALICE)),
    (
        "submit_proposal_vote",
        "vote_record",
        addresses.vote_record_address(PROGRAM_ID, MARKET, ALICE, addresses.PROPOSAL),
    ),
    (
        "submit_dispute_vote",
        "vote_record",
        addresses.vote_record_address(PROGRAM_ID, MARKET, ALICE, addresses.DISPUTE),
    ),
]


@pytest.mark.parametrize(("instruction", "account", "address"), USES)
def test_addresses_follow_the_interfaces_seeds(
    instruction: str, account: str, address: str
) -> None:
    assert address == derived(*seeds(instruction, account))


def test_seeds_are_spelled_as_the_deployed_program_spells_them() -> None:
    """An underscore, or "user-position", gives another address without a word."""
    market, user = bytes(Pubkey.from_string(MARKET)), bytes(Pubkey.from_string(ALICE))

    assert addresses.global_config_address(PROGRAM_ID) == derived(b"global-config")
    assert addresses.global_config_address(PROGRAM_ID) != derived(b"global_config")
    assert addresses.position_address(PROGRAM_ID, MARKET, ALICE) == derived(
        b"position", market, user
    )
    assert addresses.event_authority_address(PROGRAM_ID) == derived(b"__event_authority")


def test_another_deployment_has_other_addresses() -> None:
    assert addresses.market_address(ALICE, MARKET_ID) != MARKET
