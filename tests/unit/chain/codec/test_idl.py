"""IDL files of both forms become the same values."""

import hashlib
import json
from pathlib import Path

import pytest

from chain.codec import InvalidIdl, ProgramCodec, load_idl
from chain.codec.idl import parse_idl
from chain.program.interface import IDL_FOLDER

LEGACY = {
    "version": "0.1.0",
    "name": "old",
    "instructions": [
        {
            "name": "placeOrder",
            "accounts": [
                {"name": "tradeAccount", "isMut": True, "isSigner": True},
                {"name": "oracles", "accounts": [{"name": "first", "isMut": False}]},
            ],
            "args": [{"name": "maxPrice", "type": "u64"}, {"name": "owner", "type": "publicKey"}],
        }
    ],
    "accounts": [
        {"name": "Order", "type": {"kind": "struct", "fields": [{"name": "size", "type": "u8"}]}}
    ],
    "events": [
        {"name": "OrderPlaced", "fields": [{"name": "orderId", "type": "u8", "index": False}]}
    ],
    "errors": [{"code": 6000, "name": "TooLate"}],
    "metadata": {"address": "11111111111111111111111111111111"},
}


def sha(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:8]


def test_the_legacy_form_is_read_with_its_hashed_discriminators() -> None:
    idl = parse_idl(LEGACY)
    codec = ProgramCodec(idl)

    assert idl.address == "1" * 32
    assert idl.instructions[0].discriminator == sha("global:place_order")
    assert codec.decode_event(sha("event:OrderPlaced") + b"\x05") == (
        "OrderPlaced",
        {"order_id": 5},
    )
    assert codec.decode_account(sha("account:Order") + b"\x07") == ("Order", {"size": 7})
    assert codec.errors[6000].name == "TooLate"


def test_groups_of_accounts_are_flattened_in_order() -> None:
    metas = parse_idl(LEGACY).instructions[0].accounts

    assert [meta.name for meta in metas] == ["trade_account", "oracles.first"]
    assert (metas[0].writable, metas[0].signer) == (True, True)


def test_discriminators_that_are_given_are_never_hashed_anew() -> None:
    document = json.loads((IDL_FOLDER / "market.json").read_text())
    document["events"][0]["discriminator"] = [9]

    assert parse_idl(document).events[0].discriminator == b"\x09"


@pytest.mark.parametrize("document", [{"instructions": [{}]}, {"types": [{"name": "X"}]}])
def test_a_document_that_lacks_parts_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(InvalidIdl):
        parse_idl(document)


def test_a_definition_of_unknown_kind_is_refused() -> None:
    with pytest.raises(InvalidIdl, match="union"):
        parse_idl({"types": [{"name": "X", "type": {"kind": "union"}}]})


@pytest.mark.parametrize("file", sorted(IDL_FOLDER.glob("*.json")), ids=lambda path: path.name)
def test_the_market_interfaces_discriminators_are_anchors_hashes(file: Path) -> None:
    idl = load_idl(file)

    assert all(ix.discriminator == sha(f"global:{ix.name}") for ix in idl.instructions)
    assert all(event.discriminator == sha(f"event:{event.name}") for event in idl.events)
    assert all(item.discriminator == sha(f"account:{item.name}") for item in idl.accounts)


def test_the_market_interface_is_whole() -> None:
    idl = load_idl(IDL_FOLDER / "market.json")

    assert (len(idl.instructions), len(idl.events), len(idl.accounts)) == (18, 18, 4)
    assert [error.code for error in idl.errors] == list(range(6000, 6052))
