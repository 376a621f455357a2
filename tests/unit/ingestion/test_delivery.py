"""Judging a delivery: a bad item costs the others nothing, and every item ends up somewhere."""

import orjson
import pytest

from ingestion.intake.delivery import Unusable, judge
from ingestion.intake.refusals import Refusal
from tests.unit.ingestion.landables import landable

SIGNATURE = "5" * 88


def decode(item):
    """Takes {"transaction": n}; anything else is unusable."""
    if isinstance(item, dict) and isinstance(item.get("transaction"), int):
        orjson.dumps(item)
        return landable(item["transaction"])
    raise Unusable("no transaction")


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b'"x"', b"[1", b"[]]", b"\xff\xfe", b"[NaN]", b"[" * 100_000, b"3"],
)
def test_a_body_that_is_no_array_is_400(body):
    """Whatever else it is."""
    with pytest.raises(Refusal) as refused:
        judge(body, decode)
    assert refused.value.status == 400


def test_an_empty_array_is_a_delivery_of_nothing():
    """Helius may send one; it is no error."""
    delivery = judge(b"[]", decode)
    assert (delivery.received, delivery.landable, delivery.held) == (0, [], [])


@pytest.mark.parametrize(
    "bad", [None, 7, "x", [], {}, {"transaction": None}, {"signature": 5}, {"signature": "short"}]
)
def test_an_unusable_item_is_quarantined_and_the_rest_lands(bad):
    """The entry without `transaction` that Helius delivers loses nobody else's batch."""
    delivery = judge(orjson.dumps([{"transaction": 1}, bad, {"transaction": 2}]), decode)

    assert [item.slot for item in delivery.landable] == [1, 2]
    assert [(h.status, h.reason, orjson.loads(h.item)) for h in delivery.held] == [
        ("quarantined", "no transaction", bad)
    ]


def test_an_enhanced_item_is_queued_by_its_signature():
    """It carries no logs: the transaction must be fetched."""
    delivery = judge(orjson.dumps([{"signature": SIGNATURE, "type": "UNKNOWN"}]), decode)

    assert [(h.status, h.signature) for h in delivery.held] == [("queued", SIGNATURE)]


def test_an_unusable_raw_item_is_held_under_its_signature():
    """So that it can be found, and fetched instead."""
    item = {"transaction": {"signatures": [SIGNATURE]}, "slot": "nine"}
    delivery = judge(orjson.dumps([item]), decode)

    assert [(h.status, h.signature) for h in delivery.held] == [("quarantined", SIGNATURE)]


def test_an_item_nested_deeper_than_json_is_written_is_kept_with_its_body():
    """Nothing is lost, and the item beside it lands."""
    body = b'[{"transaction": 1}, {"transaction": 2, "x": ' + b"[" * 600 + b"]" * 600 + b"}]"
    delivery = judge(body, decode)

    assert [item.slot for item in delivery.landable] == [1]
    assert [(h.reason, h.item) for h in delivery.held] == [("nested too deep", body)]
