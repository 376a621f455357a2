"""Reconciliation against a stub of Helius' management API with its documented shapes."""

import pytest

from ingestion.helius.client import HeliusError
from ingestion.helius.sync import HeliusSettings, synchronise
from tests.support.helius import helius


def wanted(stub, **changes):
    values = {
        "program_id": "Program1",
        "helius_api_key": stub.api_key,
        "helius_auth": "new secret,old secret",
        "helius_url": stub.url,
        "webhook_url": "https://intake.example/webhooks/helius",
    }
    return HeliusSettings(**(values | changes))


async def test_sync_creates_the_webhook_and_then_finds_nothing_to_do():
    """Doing it twice changes nothing and costs no credits."""
    async with helius() as stub:
        await synchronise(wanted(stub), apply=True)
        again = await synchronise(wanted(stub), apply=True)

    assert again.actions == ()
    (hook,) = stub.webhooks.values()
    assert hook["webhookType"] == "raw"
    assert hook["authHeader"] == "new secret"
    assert [method for method, _ in stub.requests] == ["GET", "POST", "GET"]


async def test_sync_switches_on_what_helius_switched_off():
    """Re-enable after auto-disable."""
    async with helius() as stub:
        await synchronise(wanted(stub), apply=True)
        stub.disable(next(iter(stub.webhooks)))
        finding = await synchronise(wanted(stub), apply=True)

    assert [action.kind for action in finding.actions] == ["enable"]
    assert all(hook["active"] for hook in stub.webhooks.values())


async def test_sync_rotates_the_secret():
    """The first of two secrets is what Helius shall send."""
    async with helius() as stub:
        await synchronise(wanted(stub, helius_auth="old secret"), apply=True)
        await synchronise(wanted(stub), apply=True)

    assert [hook["authHeader"] for hook in stub.webhooks.values()] == ["new secret"]


async def test_status_changes_nothing():
    """It only looks."""
    async with helius() as stub:
        finding = await synchronise(wanted(stub), apply=False)

    assert [action.kind for action in finding.actions] == ["create"]
    assert stub.webhooks == {}


@pytest.mark.parametrize(("status", "transient"), [(429, True), (500, True), (404, False)])
async def test_a_failing_api_is_told_by_class_without_the_key(status, transient):
    """429 is never a reason to give something up; the key is in no message."""
    async with helius() as stub:
        stub.failing = status
        with pytest.raises(HeliusError) as failed:
            await synchronise(wanted(stub), apply=True)

    assert failed.value.transient is transient
    assert stub.api_key not in str(failed.value)


async def test_an_api_that_is_away_is_transient():
    """Connection refused is nobody's fault for ever."""
    async with helius() as stub:
        settings = wanted(stub, helius_url="http://127.0.0.1:9")
    with pytest.raises(HeliusError) as failed:
        await synchronise(settings, apply=True)

    assert failed.value.transient
