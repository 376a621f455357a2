"""X2 and X4: a market's end on the real chain, by the monitor's runs and the real keeper."""

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
import httpx2
import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.transaction import VersionedTransaction
from typer.testing import CliRunner

from chain.local.acts import Market
from chain.local.client import SOL, Client
from chain.local.roles import Roles
from chain.program.interface import load_program
from chain.program.states import State
from chain.rpc import Rpc
from oddsline import blocking
from oddsline.cli import load
from oddsline.line import Line
from orchestration.dead_letters.definitions import due_dead_letters, retry_dead_letters
from orchestration.monitor.definitions import advance_due_markets, due_markets
from orchestration.settings import OrchestrationSettings
from tests.integration.chain.local.conftest import transferred
from tests.support.keeping import eventually as polled
from tests.support.keeping import executed

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

CORE = ("postgres", "valkey", "chain", "ingestion", "fold", "api", "keeper")
PERIOD_S = 100
ENV = {
    "ODDSLINE_CHAIN_PRIVATE": "true",  # its clock is ours to set
    "ODDSLINE_CHAIN_SLOT_MS": "50",
    "ODDSLINE_LOCAL_DISPUTE_PERIOD": str(PERIOD_S),
    "ODDSLINE_KEEPER_POLL_MS": "50",
    "ODDSLINE_KEEPER_FINALITY_S": "0.5",
    "ODDSLINE_HOLD_EARLY_S": "0",  # these markets live for seconds
    "ODDSLINE_DLQ_BASE_S": "0.2",
}
LOOK = 20.0


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    with Line.private(CORE, env=ENV, durable=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def instance(line: Line) -> Iterator[dg.DagsterInstance]:
    """Dagster in this process, with the line's settings."""
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as made:
        for name, value in line.env.items():
            if name.startswith("ODDSLINE_"):
                patch.setenv(name, value)
        yield made


def on_chain(line: Line, work: Any) -> Any:
    """Run something with a client of the line's chain and its roles."""

    async def run() -> Any:
        known = line.settings(OrchestrationSettings)
        async with Rpc(line.url("chain")) as rpc:
            return await work(Client(rpc, load_program(known.program_id)), Roles.of(known))

    return asyncio.run(run())


def pass_time(line: Line, seconds: float) -> None:
    """Set the chain's clock forward."""
    body = json.dumps({"seconds": seconds})
    httpx2.post(f"{line.url('chain')}/_local/warp", content=body).raise_for_status()


def resolving(line: Line) -> Market:
    """A market, just resolved YES by its creator, who holds nothing of it."""

    async def work(client: Client, roles: Roles) -> Market:
        creator = Keypair()
        await client.fund([creator], 200 * SOL)
        market, _ = await Market.create(
            client, roles, market_id=secrets.token_hex(32), creator=creator
        )
        await market.count(likes=8, dislikes=2)
        await market.approve()
        await market.activate()
        await asyncio.to_thread(pass_time, line, 5)
        await market.resolve(creator, yes=True)
        return market

    market: Market = on_chain(line, work)
    eventually(lambda: served(line, market.market_id).get("state"), "RESOLVING")
    return market


def served(line: Line, market_id: str) -> dict[str, Any]:
    """The market as the API tells it; empty before it does."""
    headers = {"X-API-Key": line.service_key}
    answer = httpx2.get(f"{line.url('api')}/markets/{market_id}", headers=headers)
    return dict(answer.json()["data"]) if answer.status_code == 200 else {}


def eventually(read: Any, wanted: Any) -> None:
    until = time.monotonic() + LOOK
    while (found := read()) != wanted:
        assert time.monotonic() < until, f"still {found!r}, not {wanted!r}"
        time.sleep(0.05)


def rows(line: Line, statement: str, **values: Any) -> list[dict[str, Any]]:
    with blocking.session(line.database_url, name="test") as connection:
        return blocking.rows(connection, statement, values)


def monitored(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult | None:
    """One tick of the monitor's sensor and the run it asks for; None = nothing is due."""
    asked = due_markets(dg.build_sensor_context(instance=instance))
    if not isinstance(asked, dg.SensorResult):
        return None
    (request,) = asked.run_requests or []
    return advance_due_markets.execute_in_process(
        instance=instance, run_config=request.run_config, raise_on_error=False
    )


def letters_retried(instance: dg.DagsterInstance) -> bool:
    """One tick of the dead letters' sensor, with its run; False = no letter is due."""
    asked = due_dead_letters(dg.build_sensor_context(instance=instance))
    if not isinstance(asked, dg.RunRequest):
        return False
    return retry_dead_letters.execute_in_process(
        instance=instance, run_config=asked.run_config
    ).success


def until_retried(instance: dg.DagsterInstance) -> None:
    eventually(lambda: letters_retried(instance), True)


def finalized_once(line: Line, market: Market) -> None:
    """By the account, by the chain's own history, and by what the API tells of it."""

    async def look(client: Client, roles: Roles) -> tuple[State, int]:
        mine = Market(client, roles, market.market_id, market.creator)
        return (await mine.account()).state, (await executed(client, mine.address))[
            "MarketFinalized"
        ]

    assert on_chain(line, look) == (State.FINALIZED, 1)
    eventually(lambda: served(line, market.market_id).get("state"), "FINALIZED")
    found = served(line, market.market_id)
    assert found["final_outcome"] == "YES"
    landed = rows(
        line,
        "select name from raw.events where market_id = %(id)s and name = 'MarketFinalized'",
        id=market.market_id,
    )
    assert len(landed) == 1


def test_a_market_whose_dispute_period_is_over_ends_by_itself(
    line: Line, instance: dg.DagsterInstance
) -> None:
    """X2: RESOLVING, time passes, the monitor finalizes, the event comes back, the API shows it."""
    market = resolving(line)
    assert monitored(instance) is None  # the period is not over, and nothing is sent

    pass_time(line, PERIOD_S)
    run = monitored(instance)

    assert run is not None
    assert run.success
    (intent,) = rows(
        line,
        "select state::text, landed_slot, run_id from ops.transitions where market_id = %(id)s",
        id=market.market_id,
    )
    assert (intent["state"], intent["run_id"]) == ("done", run.run_id)
    finalized_once(line, market)
    assert monitored(instance) is None


class Purse:
    """The payer's money, taken away and given back: what makes every chain call fail."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def empty(self) -> None:
        async def work(client: Client, roles: Roles) -> None:
            payer, rpc = roles.payer, client.rpc
            if not (has := await rpc.get_balance(str(payer.pubkey()))):
                return
            gone = transferred(payer, roles.fees.pubkey(), has)
            blockhash = Hash.from_string((await rpc.get_latest_blockhash()).blockhash)
            # Somebody else pays the fee of taking it all.
            message = MessageV0.try_compile(roles.fees.pubkey(), [gone], [], blockhash)
            await rpc.send_transaction(bytes(VersionedTransaction(message, [roles.fees, payer])))
            await polled(lambda: rpc.get_balance(str(payer.pubkey())), lambda left: left == 0)

        on_chain(self._line, work)

    def fill(self) -> None:
        async def work(client: Client, roles: Roles) -> None:
            await client.fund([roles.payer], 10 * SOL)

        on_chain(self._line, work)


def letter(line: Line, market: Market) -> dict[str, Any]:
    (found,) = rows(
        line,
        """select id, status, attempts, reason, class, resolution, next_retry_at, updated_at
           from ops.dead_letters where payload ->> 'market_id' = %(id)s""",
        id=market.market_id,
    )
    return found


@dataclass(frozen=True)
class Failed:
    """Two markets whose finalization failed in one run: nobody could pay for it."""

    run: dg.ExecuteInProcessResult
    recovers: Market
    waits: Market


@pytest.fixture(scope="module")
def failed(line: Line, instance: dg.DagsterInstance) -> Failed:
    markets = resolving(line), resolving(line)
    pass_time(line, PERIOD_S)
    Purse(line).empty()
    run = monitored(instance)
    assert run is not None
    for market in markets:
        assert letter(line, market)["status"] == "open"
    rest(line)
    return Failed(run, *markets)


def rest(line: Line, *, but: Market | None = None) -> None:
    """Put the next tries of all letters off to tomorrow, and one market's to now."""
    rows(
        line,
        """update ops.dead_letters set next_retry_at = clock_timestamp()
               + case when payload ->> 'market_id' = %(id)s then '0' else '1 day' end::interval
           where status = 'open' returning id""",
        id=but.market_id if but else None,
    )


def test_a_failing_chain_call_is_retried_buried_and_recovers(
    line: Line, instance: dg.DagsterInstance, failed: Failed
) -> None:
    """X4: step retries with backoff → dead letter → retries with backoff → done, nothing lost."""
    assert not failed.run.success
    pauses = retry_pauses(failed.run)
    assert len(pauses) == 3
    assert sorted(pauses) == pauses
    buried = letter(line, failed.recovers)
    assert (buried["status"], buried["attempts"]) == ("open", 0)
    assert (buried["reason"].split(":")[0], buried["class"]) == ("AccountNotFound", "Transient")

    Purse(line).empty()
    rest(line, but=failed.recovers)
    assert letters_retried(instance)
    once = letter(line, failed.recovers)
    assert (once["status"], once["attempts"]) == ("open", 1)
    assert once["next_retry_at"] > once["updated_at"]

    Purse(line).fill()
    until_retried(instance)

    assert letter(line, failed.recovers)["status"] == "resolved"
    finalized_once(line, failed.recovers)


def test_what_three_retries_do_not_mend_waits_for_a_person_who_mends_it(
    line: Line, instance: dg.DagsterInstance, failed: Failed
) -> None:
    """X4's other end: manual review, alerted; `./oddsline dlq retry` brings it home."""
    Purse(line).empty()
    rest(line, but=failed.waits)
    for _ in range(3):
        until_retried(instance)

    waiting = letter(line, failed.waits)
    assert (waiting["status"], waiting["attempts"]) == ("manual_review", 3)
    assert not letters_retried(instance)
    (alert,) = rows(
        line,
        """select severity from ops.alerts
           where state = 'firing' and rule = 'dead_letter' and strpos(subject, %(address)s) > 0""",
        address=failed.waits.address,
    )
    assert alert["severity"] == "critical"

    Purse(line).fill()
    said = CliRunner().invoke(load("dlq"), ["retry", str(waiting["id"])])
    assert "1 of 1" in said.output
    until_retried(instance)

    assert letter(line, failed.waits)["status"] == "resolved"
    finalized_once(line, failed.waits)


def retry_pauses(run: dg.ExecuteInProcessResult) -> list[float]:
    """Seconds that the step waited before each retry, by the run's own events."""
    return [
        event.step_retry_data.seconds_to_wait or 0.0
        for event in run.all_events
        if event.event_type_value == "STEP_UP_FOR_RETRY"
    ]
