"""The Helius webhook: desired against actual, and silence."""

import pytest

from chain.rpc_types import SignatureInfo
from ingestion.helius.reconcile import Desired, reconcile
from ingestion.helius.silence import silence

DESIRED = Desired("https://intake.example/webhooks/helius", "Program1", "the secret")


def hook(webhook_id="a", **changes):
    """A webhook as Helius tells it."""
    return {"webhookID": webhook_id, "wallet": "W", **DESIRED.body(), "active": True} | changes


def test_a_webhook_as_wanted_needs_nothing():
    """Order of lists says nothing."""
    finding = reconcile(DESIRED, [hook()])
    assert (finding.webhook_id, finding.actions, finding.surplus) == ("a", (), ())


def test_no_webhook_is_created_raw_for_all_transactions():
    """Type raw, ANY, failed ones included, with the secret."""
    (action,) = reconcile(DESIRED, [hook(webhookURL="https://somebody.else/")]).actions
    assert action.kind == "create"
    assert action.body["webhookType"] == "raw"
    assert action.body["transactionTypes"] == ["ANY"]
    assert action.body["txnStatus"] == "all"
    assert action.body["authHeader"] == "the secret"


@pytest.mark.parametrize(
    "change",
    [
        {"webhookType": "enhanced"},
        {"transactionTypes": ["SWAP"]},
        {"accountAddresses": ["Program1", "Stranger"]},
        {"accountAddresses": []},
        {"txnStatus": "success"},
        {"authHeader": "the old secret"},
    ],
)
def test_what_differs_is_edited_and_named_without_its_value(change):
    """A reason names the field; a secret never shows."""
    (action,) = reconcile(DESIRED, [hook(**change)]).actions
    assert (action.kind, action.webhook_id) == ("edit", "a")
    assert next(iter(change)) in action.why
    assert "secret" not in action.why


def test_a_webhook_that_helius_switched_off_is_switched_on():
    """A high failure rate of the endpoint sets active to false."""
    (action,) = reconcile(DESIRED, [hook(active=False)]).actions
    assert (action.kind, action.body) == ("enable", {"active": True})


def test_an_answer_without_txn_status_is_not_a_difference():
    """Not every answer of theirs tells it."""
    told = hook()
    del told["txnStatus"]
    assert reconcile(DESIRED, [told]).actions == ()


def test_a_second_webhook_with_our_url_is_surplus_and_the_active_one_is_ours():
    """Each delivery would come, and cost, twice."""
    finding = reconcile(DESIRED, [hook("a", active=False), hook("b")])
    assert (finding.webhook_id, finding.actions, finding.surplus) == ("b", (), ("a",))


def test_devnet_has_a_type_of_its_own():
    """rawDevnet."""
    assert Desired("u", "p", "s", devnet=True).body()["webhookType"] == "rawDevnet"


def info(signature, slot, time):
    return SignatureInfo(signature=signature, slot=slot, block_time=time)


def test_young_transactions_are_no_silence():
    """A delivery may still be on its way."""
    assert silence([info("a", 5, 990)], {}, now=1000, limit_s=30) is None


def test_delivered_transactions_are_no_silence():
    """Whatever their age."""
    assert silence([info("a", 5, 100)], {"a": "webhook"}, now=1000, limit_s=30) is None


def test_silence_is_exactly_the_window_of_what_no_delivery_brought():
    """What the ledger fetched was not delivered either: the webhook is what is watched."""
    listed = [info("d", 9, 995), info("c", 8, 950), info("b", 7, 900), info("a", 6, 800)]
    found = silence(listed, {"a": "webhook", "b": "backfill"}, now=1000, limit_s=30)

    assert found is not None
    assert (found.from_slot, found.to_slot, found.undelivered) == (7, 8, 2)
    assert found.oldest_age_s == 100
