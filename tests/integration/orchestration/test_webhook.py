"""The webhook's watch: a real chain, a stub of Helius, the sensor and its job as Dagster runs them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from chain.local.settings import LOCAL_PROGRAM_ID
from oddsline import blocking
from orchestration.webhook.definitions import backfill_silence, watch_webhook
from tests.integration.chain.local.conftest import Node, started
from tests.support.helius import Helius, helius

pytestmark = pytest.mark.filterwarnings("default")

#: Its transactions need no market: each transfer is one of "the program".
PROGRAM = "11111111111111111111111111111111"
#: What the ledger writes as a line begins.
FIRST_RANGE = """insert into raw.slot_ranges (program_id, from_slot, to_slot, source, commitment,
    signatures, signatures_hash, standing) values ('p', 0, 0, 's', 'finalized', 0, '', 'agreed')"""


@dataclass
class Stage:
    """A chain whose webhook goes nowhere, and the line's database."""

    node: Node
    portal: BlockingPortal
    url: str
    instance: dg.DagsterInstance
    payer: Keypair

    def pay(self) -> tuple[str, int]:
        """One transfer that nobody delivers; its signature and slot, final soon."""
        signature = self.portal.call(self.node.pay, self.payer, Pubkey.new_unique())
        slot = self.portal.call(self.node.rpc, "getSlot", {"commitment": "processed"})
        self.portal.call(self.node.advance, 1)
        return signature, slot

    def settle(self) -> None:
        """Let what was sent become final, and a second old: block times are whole seconds."""
        self.portal.call(self.node.advance, 4)
        time.sleep(1.1)

    def deliver(self, signature: str, slot: int) -> None:
        """What a webhook's delivery would have landed."""
        with blocking.session(self.url, name="test") as connection:
            blocking.rows(connection, "select raw.ensure_partitions(%(slot)s)", {"slot": slot})
            blocking.run(
                connection,
                """insert into raw.transactions
                       (slot, signature, tx_index, block_time, version, source, commitment)
                   values (%(slot)s, %(signature)s, 0, now(), '0', 'webhook', 'confirmed')""",
                {"slot": slot, "signature": signature},
            )

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with blocking.session(self.url, name="test") as connection:
            return blocking.rows(connection, statement)

    def tick(self, cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
        """One look of the sensor."""
        context = dg.build_sensor_context(instance=self.instance, cursor=cursor)
        found = watch_webhook(context)
        assert isinstance(found, dg.SensorResult | dg.SkipReason)
        return found

    def alerts(self) -> list[tuple[str, str]]:
        found = self.rows("select rule, state from ops.alerts order by id")
        return [(row["rule"], row["state"]) for row in found]


@pytest.fixture
def portal() -> Iterator[BlockingPortal]:
    """A loop in a thread of its own: sensors block, servers must go on."""
    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture
def stage(
    portal: BlockingPortal,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Stage]:
    """A payer whose funding counts as delivered; a transaction is missed at once."""
    monkeypatch.setenv("ODDSLINE_PROGRAM_ID", PROGRAM)
    monkeypatch.setenv("ODDSLINE_WEBHOOK_SILENCE_S", "0")
    with (
        portal.wrap_async_context_manager(started(tmp_path, program_id=LOCAL_PROGRAM_ID)) as node,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        monkeypatch.setenv("ODDSLINE_RPC_URL", node.url)
        payer = portal.call(node.funded)
        made = Stage(node, portal, environment["ODDSLINE_DATABASE_URL"], instance, payer)
        for listed in portal.call(node.rpc, "getSignaturesForAddress", PROGRAM):
            made.deliver(listed["signature"], listed["slot"])
        yield made


@pytest.fixture
def stub(portal: BlockingPortal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Helius]:
    """Helius' management API, and a line that manages its webhook there."""
    with portal.wrap_async_context_manager(helius()) as found:
        monkeypatch.setenv("ODDSLINE_HELIUS_API_KEY", found.api_key)
        monkeypatch.setenv("ODDSLINE_HELIUS_URL", found.url)
        monkeypatch.setenv("ODDSLINE_HELIUS_AUTH", "the secret")
        monkeypatch.setenv("ODDSLINE_WEBHOOK_URL", "https://intake.example/webhooks/helius")
        yield found


def test_silence_starts_a_backfill_of_exactly_its_window(stage: Stage) -> None:
    """What was delivered before and after bounds it; the job lands it; the next look is content."""
    before = stage.pay()
    missed = [stage.pay(), stage.pay()]
    after = stage.pay()
    stage.deliver(*before)
    stage.deliver(*after)
    stage.settle()

    found = stage.tick()
    assert isinstance(found, dg.SensorResult)
    (request,) = found.run_requests or ()
    window = {"from_slot": missed[0][1], "to_slot": missed[1][1]}
    assert request.run_config["ops"]["backfill_slots"]["config"] == window
    run = backfill_silence.execute_in_process(
        instance=stage.instance, run_config=request.run_config
    )

    assert run.success
    fetched = stage.rows("select signature from raw.transactions where source = 'backfill'")
    assert {row["signature"] for row in fetched} == {signature for signature, _ in missed}
    (settled,) = stage.rows("select min(from_slot), max(to_slot) from raw.slot_ranges")
    assert (settled["min"], settled["max"]) == (missed[0][1], missed[1][1])
    assert isinstance(stage.tick(found.cursor), dg.SkipReason)
    assert stage.alerts() == []  # the newest was delivered: it speaks again


def test_an_alert_fires_while_the_webhook_is_silent_and_ends_when_it_speaks(stage: Stage) -> None:
    """Backfilling repairs the data, not the webhook."""
    stage.pay()
    stage.settle()
    silent = stage.tick()
    assert isinstance(silent, dg.SensorResult)
    firing = stage.alerts()
    stage.deliver(*stage.pay())
    stage.settle()
    spoken = stage.tick(silent.cursor)

    assert firing == [("webhook_silent", "firing")]
    assert isinstance(spoken, dg.SkipReason)
    assert stage.alerts() == [("webhook_silent", "resolved")]


def test_what_is_older_than_the_line_is_no_silence(stage: Stage) -> None:
    """A program's history was nobody's to deliver: a quiet line that has just begun is not told of."""
    stage.pay()
    stage.settle()
    with blocking.session(stage.url, name="test") as connection:
        blocking.run(connection, FIRST_RANGE)
    before = stage.tick()
    time.sleep(1)  # block times are whole seconds, and a block's is that of its slot's beginning
    stage.portal.call(stage.node.advance, 1)
    missed = stage.pay()
    stage.settle()
    after = stage.tick()

    assert isinstance(before, dg.SkipReason)
    assert isinstance(after, dg.SensorResult)
    (request,) = after.run_requests or ()
    window = request.run_config["ops"]["backfill_slots"]["config"]
    assert window == {"from_slot": missed[1], "to_slot": missed[1]}
    assert stage.alerts() == [("webhook_silent", "firing")]


def test_what_is_young_is_no_silence(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery may still be on its way."""
    monkeypatch.setenv("ODDSLINE_WEBHOOK_SILENCE_S", "3600")
    stage.pay()
    stage.settle()

    assert isinstance(stage.tick(), dg.SkipReason)


def test_the_sensor_makes_the_webhook_and_switches_it_on_again(stage: Stage, stub: Helius) -> None:
    """Made at the first look, mended at a later one, left alone in between."""
    stage.tick()
    (hook,) = stub.webhooks.values()
    stage.tick()
    calm = stage.alerts()
    stub.disable(hook["webhookID"])
    hook["accountAddresses"] = []
    stage.tick()
    mended = stage.alerts()
    stage.tick()

    assert (hook["active"], hook["accountAddresses"]) == (True, [PROGRAM])
    assert (hook["webhookType"], hook["txnStatus"]) == ("raw", "all")
    changes = [method for method, _ in stub.requests if method != "GET"]
    assert changes == ["POST", "PUT", "PATCH"]
    misconfigured = [state for rule, state in calm if rule == "webhook_misconfigured"]
    assert misconfigured == ["resolved"]
    assert ("webhook_misconfigured", "firing") in mended
    assert ("webhook_misconfigured", "firing") not in stage.alerts()


@pytest.mark.parametrize(("status", "fires"), [(401, True), (429, False), (500, False)])
def test_a_refused_key_alerts_and_a_busy_helius_does_not(
    stage: Stage, stub: Helius, status: int, *, fires: bool
) -> None:
    """And listening goes on either way."""
    stub.failing = status
    stage.pay()
    stage.settle()

    assert isinstance(stage.tick(), dg.SensorResult)
    assert (("webhook_misconfigured", "firing") in stage.alerts()) is fires
    told = stage.rows("select summary from ops.alerts")
    assert not any(stub.api_key in row["summary"] for row in told)
