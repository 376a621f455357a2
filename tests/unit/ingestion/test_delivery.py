"""Judging a delivery: a bad item costs the others nothing, and every item ends up somewhere."""

import orjson
import pytest

from chain.transactions import Enhanced, ItemRefused
from ingestion.intake.delivery import items_of, judge
from ingestion.intake.refusals import Refusal
from tests.unit.ingestion.landables import landable

SIGNATURE = "5" * 88


def decode(raw):
    """Takes {"transaction": n}, and {"signature": s} for an enhanced item."""
    item = orjson.loads(raw)
    if isinstance(item, dict) and isinstance(item.get("transaction"), int):
        return landable(item["transaction"])
    if isinstance(item, dict) and "signature" in item:
        return Enhanced(item["signature"])
    raise ItemRefused("no transaction")


def judged(items):
    """What becomes of a body of these items."""
    return judge(items_of(orjson.dumps(items), most=10), decode)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b'"x"', b"[1", b"[]]", b"\xff\xfe", b"[NaN]", b"[" * 100_000, b"3"],
)
def test_a_body_that_is_no_array_is_400(body):
    """Whatever else it is, however deep it goes."""
    with pytest.raises(Refusal) as refused:
        items_of(body, most=10)
    assert refused.value.status == 400


def test_an_empty_array_is_a_delivery_of_nothing():
    """Helius may send one; it is no error."""
    assert items_of(b"[]", most=10) == []


@pytest.mark.parametrize("bad", [None, 7, "x", [], {}, {"transaction": None}])
def test_an_unusable_item_is_quarantined_as_it_came_and_the_rest_lands(bad):
    """The entry without `transaction` that Helius delivers loses nobody else's batch."""
    delivery = judged([{"transaction": 1}, bad, {"transaction": 2}])

    assert [item.slot for item in delivery.landable] == [1, 2]
    assert [(h.status, h.reason, h.item) for h in delivery.held] == [
        ("quarantined", "no transaction", orjson.dumps(bad))
    ]


def test_an_enhanced_item_is_queued_by_its_signature():
    """It carries no logs: the transaction must be fetched."""
    delivery = judged([{"signature": SIGNATURE, "type": "UNKNOWN"}])

    assert [(h.status, h.signature) for h in delivery.held] == [("queued", SIGNATURE)]


def test_an_unusable_raw_item_is_held_under_its_signature():
    """So that it can be found, and fetched instead."""
    item = {"transaction": {"signatures": [SIGNATURE]}, "slot": "nine"}
    delivery = judged([item])

    assert [(h.status, h.signature) for h in delivery.held] == [("quarantined", SIGNATURE)]


@pytest.mark.parametrize("signature", ["\x00", 5, None, "a\x00b", ["x"]])
def test_a_signature_that_no_column_can_hold_is_not_named(signature):
    """The item is kept; only the label is missing."""
    item = {"transaction": {"signatures": [signature]}}
    delivery = judged([item])

    assert [(h.status, h.signature) for h in delivery.held] == [("quarantined", None)]
