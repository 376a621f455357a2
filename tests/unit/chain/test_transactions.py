"""What a source delivers becomes one shape, or is refused with a reason."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chain.transactions import (
    BodyRefused,
    Enhanced,
    ItemRefused,
    Transaction,
    split_items,
    transaction_from,
    transaction_from_bytes,
)
from tests.unit.chain.items import item
from tests.unit.chain.stories import ALICE, BOB, FEES, MARKET, PROGRAM_ID, SIGNATURE

LOADED_W, LOADED_R = MARKET, FEES


def with_meta(**changes: Any) -> dict[str, Any]:
    return item(meta={**item()["meta"], **changes})


def with_message(**changes: Any) -> dict[str, Any]:
    message = {**item()["transaction"]["message"], **changes}
    return item(transaction={"signatures": [SIGNATURE], "message": message})


def read(value: Any) -> Transaction:
    transaction = transaction_from(value)
    assert isinstance(transaction, Transaction)
    return transaction


def test_a_raw_webhook_item_is_read_whole() -> None:
    tx = read(item())

    assert (tx.slot, tx.signature, tx.tx_index) == (300_000_000, SIGNATURE, 5)
    assert (tx.block_time, tx.fee, tx.version) == (1_790_000_000, 5000, "legacy")
    assert tx.keys == (ALICE, BOB, PROGRAM_ID)
    assert tx.succeeded
    assert tx.logs == ("Program log: x",)
    assert tx.inner[0][0].stack_height is None
    assert (tx.pre_balances, tx.post_balances) == ((3, 2, 1), (2, 2, 1))


def test_bytes_and_values_are_read_alike() -> None:
    assert transaction_from_bytes(json.dumps(item()).encode()) == read(item())


def test_a_result_of_get_transaction_has_no_place_in_its_block() -> None:
    result = item()
    del result["indexWithinBlock"]

    assert read(result).tx_index is None


def test_a_row_of_a_list_names_its_place_otherwise() -> None:
    result = item(transactionIndex=9)
    del result["indexWithinBlock"]

    assert read(result).tx_index == 9


def test_an_entry_of_get_block_gets_slot_time_and_place_from_the_block() -> None:
    entry = {name: item()[name] for name in ("meta", "transaction", "version")}
    tx = transaction_from(entry, slot=8, block_time=9, tx_index=0)

    assert isinstance(tx, Transaction)
    assert (tx.slot, tx.block_time, tx.tx_index) == (8, 9, 0)


def test_keys_are_static_then_loaded_writable_then_loaded_readonly() -> None:
    lookups = [{"accountKey": BOB, "writableIndexes": [4], "readonlyIndexes": [7]}]
    wanted = with_message(addressTableLookups=lookups)
    meta = {
        **item()["meta"],
        "loadedAddresses": {"writable": [LOADED_W], "readonly": [LOADED_R]},
        "preBalances": [],
        "postBalances": [],
    }

    tx = read({**wanted, "version": 0, "meta": meta})

    assert tx.version == "0"
    assert tx.keys == (ALICE, BOB, PROGRAM_ID, LOADED_W, LOADED_R)


def test_version_1_has_its_addresses_inline() -> None:
    config = {"computeUnitLimit": 200_000, "priorityFee": 100}

    assert read({**with_message(transactionConfig=config), "version": 1}).version == "1"


def test_failed_transactions_keep_their_error() -> None:
    tx = read(with_meta(err={"InstructionError": [0, {"Custom": 6015}]}))

    assert not tx.succeeded
    assert tx.err == {"InstructionError": [0, {"Custom": 6015}]}


def test_logs_that_were_not_recorded_are_none_and_not_empty() -> None:
    assert read(with_meta(logMessages=None)).logs is None
    assert read(with_meta(logMessages=[])).logs == ()


def test_return_data_is_kept() -> None:
    tx = read(with_meta(returnData={"programId": PROGRAM_ID, "data": ["AAAA", "base64"]}))

    assert tx.return_data is not None
    assert (tx.return_data.program, tx.return_data.base64) == (PROGRAM_ID, "AAAA")


def test_an_enhanced_item_names_the_transaction_to_fetch() -> None:
    enhanced = {"signature": SIGNATURE, "type": "UNKNOWN", "slot": 5, "description": ""}

    assert transaction_from(enhanced) == Enhanced(SIGNATURE)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in item().items() if key != name}


def without_meta(name: str) -> dict[str, Any]:
    return item(meta={key: value for key, value in item()["meta"].items() if key != name})


instruction = item()["transaction"]["message"]["instructions"][0]

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "null": (lambda: None, "null"),
    "a number": (lambda: 5, "int"),
    "a list": (list, "array"),
    "nothing": (dict, "no transaction"),
    "no transaction": (lambda: without("transaction"), "no transaction"),
    "transaction null": (lambda: item(transaction=None), "no transaction"),
    "transaction of base64": (lambda: item(transaction=["AA==", "base64"]), "transaction"),
    "no meta": (lambda: without("meta"), "meta"),
    "meta null": (lambda: item(meta=None), "meta"),
    "no err": (lambda: without_meta("err"), "err"),
    "err with NUL": (lambda: with_meta(err={"a\0": 1}), "NUL"),
    "slot as text": (lambda: item(slot="5"), "slot"),
    "slot a bool": (lambda: item(slot=True), "slot"),
    "slot negative": (lambda: item(slot=-1), "slot"),
    "slot beyond any chain": (lambda: item(slot=2**60), "slot"),
    "slot a fraction": (lambda: item(slot=1.5), "slot"),
    "time beyond the calendar": (lambda: item(blockTime=2**50), "blockTime"),
    "place beyond an integer": (lambda: item(indexWithinBlock=2**31), "indexWithinBlock"),
    "fee beyond all lamports": (lambda: with_meta(fee=2**64), "fee"),
    "version 2": (lambda: item(version=2), "version 2"),
    "version of words": (lambda: item(version="new"), "version 'new'"),
    "no signatures": (
        lambda: item(transaction={**item()["transaction"], "signatures": []}),
        "signatures",
    ),
    "a signature that is none": (
        lambda: item(transaction={**item()["transaction"], "signatures": ["abc"]}),
        "no signature",
    ),
    "two signatures, one signer": (
        lambda: item(transaction={**item()["transaction"], "signatures": [SIGNATURE] * 2}),
        "disagree",
    ),
    "a key that is none": (lambda: with_message(accountKeys=[ALICE, "x", PROGRAM_ID]), "no public"),
    "keys as objects": (lambda: with_message(accountKeys=[{"pubkey": ALICE}]), "accountKeys"),
    "a program past the keys": (
        lambda: with_message(instructions=[{**instruction, "programIdIndex": 3}]),
        "past the keys",
    ),
    "an account past the keys": (
        lambda: with_message(instructions=[{**instruction, "accounts": [3]}]),
        "past the keys",
    ),
    "an inner account past the keys": (
        lambda: with_meta(
            innerInstructions=[{"index": 0, "instructions": [{**instruction, "accounts": [9]}]}]
        ),
        "past the keys",
    ),
    "inner instructions of none": (
        lambda: with_meta(innerInstructions=[{"index": 1, "instructions": []}]),
        "of none",
    ),
    "inner instructions twice": (
        lambda: with_meta(innerInstructions=[{"index": 0, "instructions": []}] * 2),
        "twice",
    ),
    "lookups that nobody resolved": (
        lambda: with_message(
            addressTableLookups=[{"accountKey": BOB, "writableIndexes": [1], "readonlyIndexes": []}]
        ),
        "loaded",
    ),
    "loaded without lookups": (
        lambda: with_meta(loadedAddresses={"writable": [BOB], "readonly": []}),
        "loaded",
    ),
    "fewer balances than keys": (lambda: with_meta(preBalances=[1]), "balances"),
    "log lines that are no text": (lambda: with_meta(logMessages=[5]), "logMessages"),
    "an enhanced item without a signature": (lambda: {"signature": 5}, "no transaction"),
    "an enhanced item with a false one": (lambda: {"signature": "abc"}, "no signature"),
    "what JSON cannot say": (lambda: {"slot": object()}, "not JSON"),
}


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_an_item_that_cannot_be_used_is_refused_with_its_reason(
    make: Callable[[], Any], reason: str
) -> None:
    with pytest.raises(ItemRefused, match=reason):
        transaction_from(make())


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"nul", b'{"a": "\\ud800"}', b"[" * 100_000])
def test_bytes_that_are_no_json_are_refused(raw: bytes) -> None:
    with pytest.raises(ItemRefused):
        transaction_from_bytes(raw)


def test_an_error_nested_without_end_is_refused() -> None:
    raw = json.dumps(item()).replace('"err": null', '"err": ' + "[" * 50_000 + "]" * 50_000)

    with pytest.raises(ItemRefused):
        transaction_from_bytes(raw.encode())


def test_a_delivery_is_split_into_the_bytes_it_came_in() -> None:
    assert split_items(b' [ {"slot": 1} , 5, "x" ] ') == [b'{"slot": 1}', b"5", b'"x"']


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"5", b"null", b"[", b"[1,]", b"\xff", b"[" * 100_000, b"[1] 2"]
)
def test_a_body_that_is_no_array_is_refused(body: bytes) -> None:
    with pytest.raises(BodyRefused):
        split_items(body)
