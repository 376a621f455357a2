"""Each thing is broken in turn: one alert at a real mail server and a real HTTP server, one recovery.

One database, one Dagster instance; whoever sees a symptom in a running line looks here by the same
code. Looking again at what is broken tells nobody anything.
"""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import dagster as dg
import psycopg2
import pytest
from anyio.from_thread import start_blocking_portal
from solders.keypair import Keypair

from chain.local.settings import LOCAL_PROGRAM_ID
from chain.program.states import State
from checks.engine import judge
from checks.record import record
from checks.suites.landing import landing
from oddsline import blocking
from oddsline.settings import load
from orchestration import home
from orchestration.dead_letters import queue
from orchestration.dead_letters.definitions import due_dead_letters
from orchestration.delivery.deliver import deliver
from orchestration.monitor import held
from orchestration.monitor.holds import Hold
from orchestration.voting import definitions as voting
from orchestration.watch import definitions as watch
from tests.conftest import Servers, clone
from tests.integration.chain.local.conftest import started
from tests.integration.orchestration.conftest import (
    CONFIG,
    NOW,
    PROGRAM,
    FakeChain,
    Line,
    account,
    market_id,
)
from tests.integration.orchestration.test_commands import said
from tests.integration.orchestration.test_failures import run
from tests.integration.orchestration.test_watch import beat, transition
from tests.integration.orchestration.test_webhook import PROGRAM as TRANSFERS
from tests.integration.orchestration.test_webhook import Stage
from tests.support.events import Chain, Market, P, land
from tests.support.marts import fold
from tests.support.sinks import Sinks, sinks

# Dagster's own warnings, Great Expectations' and apprise's.
pytestmark = pytest.mark.filterwarnings("default")

RUNBOOK = "https://docs.example/runbook"
Look = Callable[[], object]
#: Breaks, yields who looks at it; mends, yields who looks then.
Steps = Iterator[Look]


@dataclasses.dataclass
class World(Line):
    """A line without processes in which nothing is wrong, and where its alerts arrive."""

    sunk: Sinks
    instance: dg.DagsterInstance
    patch: pytest.MonkeyPatch
    folder: Path
    keeper: Any = None

    def connect_keeper(self) -> None:
        """A keeper is known by its connection."""
        self.keeper = psycopg2.connect(self.url, application_name="oddsline-keeper")

    def told(self, look: Look) -> list[str]:
        """Look, deliver: the titles of what arrived, which both sinks have alike."""
        posts, mails = len(self.sunk.posts), len(self.sunk.mails)
        look()
        deliver(load())
        titles = [post["title"] for post in self.sunk.posts[posts:]]
        for title, mail in zip(titles, self.sunk.mails[mails:], strict=True):
            assert title.removeprefix("[local] ") in mail  # its first line; subjects are folded
        return titles


@pytest.fixture(scope="module")
def world(
    servers: Servers, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A keeper is connected, a daemon speaks, the chain says what a test says."""
    folder = tmp_path_factory.mktemp("alerts")
    with contextlib.ExitStack() as stack:
        name = stack.enter_context(contextlib.contextmanager(clone)(servers, template))
        url, sunk, chain = servers.postgres_url(name), stack.enter_context(sinks()), FakeChain()
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        values = {
            "ODDSLINE_DATABASE_URL": url,
            "ODDSLINE_REDIS_URL": "redis://127.0.0.1:1",
            "ODDSLINE_PROGRAM_ID": PROGRAM,
            "ODDSLINE_ALERT_URLS": sunk.urls,
            "ODDSLINE_RUNBOOK_URL": RUNBOOK,
            "ODDSLINE_WATCH_KEEPER_S": "1000",  # ours is connected and says nothing
            "ODDSLINE_WEBHOOK_SILENCE_S": "0",
        }
        for key, value in (values | home.prepare(folder / "dagster", url)).items():
            patch.setenv(key, value)
        patch.setattr(watch, "ChainView", lambda *_: chain)
        instance = stack.enter_context(dg.DagsterInstance.from_config(str(folder / "dagster")))
        beat(instance, "SENSOR")
        made = World(url, chain, sunk, instance, patch, folder)
        made.connect_keeper()
        yield made
        made.keeper.close()


def a_job_fails(world: World) -> Steps:
    with dg.DagsterInstance.ephemeral() as instance:
        yield lambda: run(instance, fails=True)
        yield lambda: run(instance, fails=False)


def a_check_fails(world: World) -> Steps:
    def judged() -> None:
        verdicts = judge(landing(), world.url)
        with blocking.session(world.url, name="test") as connection:
            record(connection, verdicts, None)

    world.run(
        """insert into ops.dead_letters (kind, key, payload, reason, class, status)
           values ('event', 'sig1', '{}', 'unknown', 'Permanent', 'manual_review')"""
    )
    yield judged
    world.run("update ops.dead_letters set status = 'resolved' where key = 'sig1'")
    yield judged


def the_fold_stalls(world: World) -> Steps:
    async def work(do: Callable[[asyncpg.Connection], Any]) -> None:
        connection = await asyncpg.connect(world.url)
        await do(connection)
        await connection.close()

    market = Market(Chain(), 77)
    events = [*market.opened(), market.bought(1, P)]
    asyncio.run(work(lambda connection: land(connection, events)))
    world.run("update raw.events set received_at = received_at - interval '1 minute'")
    yield watch.look_now
    asyncio.run(work(fold))
    yield watch.look_now


def a_range_stays_incomplete(world: World) -> Steps:
    world.run(
        """insert into raw.slot_ranges (program_id, from_slot, to_slot, source, commitment,
               signatures, signatures_hash, standing, reason, created_at)
           values ('p', 5, 9, 's', 'finalized', 0, '', 'open', 'the node has pruned it',
               now() - interval '10 minutes')"""
    )
    yield watch.look_now
    world.run("update raw.slot_ranges set standing = 'agreed'")
    yield watch.look_now


def the_ledger_stands_still(world: World) -> Steps:
    world.run(
        """insert into raw.ledger (program_id, base_slot, agreed_to, proven_to, tip_slot,
               genesis_hash, checked_at)
           values ('p', 1, 1, 0, 9, 'g', now() - interval '10 minutes')"""
    )
    yield watch.look_now
    world.run("update raw.ledger set checked_at = now()")
    yield watch.look_now


def nobody_judges_a_suite(world: World) -> Steps:
    insert = """insert into ops.check_results (suite, check_name, passed, severity, checked_at)
                values ('candles', 'rule', true, 'warning', now() - %(ago)s * interval '1 s')"""
    world.patch.setenv("ODDSLINE_WATCH_TICK_S", "0")
    world.run(
        "delete from ops.check_results"
    )  # of the check that failed above: minutes are seconds
    for ago in (1.2, 1.1, 1.0):
        world.run(insert, ago=ago)
    yield watch.look_now
    world.run(insert, ago=0)
    yield watch.look_now
    world.patch.delenv("ODDSLINE_WATCH_TICK_S")


def a_market_does_not_move(world: World) -> Steps:
    found = account(1, State.RESOLVING, resolution_proposed_at=NOW - 90_000)
    world.market(1, State.RESOLVING, on_chain=found)
    yield watch.look_now
    world.run("update marts.markets set state = 'FINALIZED' where market_address = 'Market1'")
    yield watch.look_now


def a_market_is_held(world: World) -> Steps:
    def act(what: Callable[..., object], *arguments: object) -> None:
        with blocking.session(world.url, name="test") as connection:
            what(connection, market_id(7), *arguments)

    yield lambda: act(held.place, Hold("operator", "look at it"))
    yield lambda: act(held.release, "somebody")


def a_transition_fails_for_good(world: World) -> Steps:
    def looked() -> None:
        due_dead_letters(dg.build_sensor_context(instance=world.instance))

    number = transition(world, 8, "failed")
    world.run("update ops.transitions set updated_at = now() - interval '1 hour'")
    yield looked
    with blocking.session(world.url, name="test") as connection:
        (letter,) = queue.listed(connection, status="open", kind="transition", at_most=9)
        assert letter.payload["transition_id"] == number
        queue.resolve(connection, [letter.id], "by hand")
    yield looked


def one_transition_fails_again_and_again(world: World) -> Steps:
    failed = ("leased", "failed", '{"error": "Unauthorized"}', "2 hours")
    number = transition(world, 9, "open", failed, failed, failed)
    yield watch.look_now
    world.run("update ops.transitions set state = 'done' where id = %(id)s", id=number)
    yield watch.look_now


def too_few_transitions_end_well(world: World) -> Steps:
    ends = ["failed"] + ["done"] * 19
    numbers = [
        transition(world, 100 + place, "done", ("sent", end, "{}", "1 minute"))
        for place, end in enumerate(ends)
    ]
    yield watch.look_now
    world.run(
        """insert into ops.transition_history (transition_id, from_state, to_state, detail)
           values (%(id)s, 'sent', 'done', '{}')""",
        id=numbers[0],
    )
    yield watch.look_now


TALLY = """insert into ops.tallies (market_id, kind, round, in_favour, against, voters,
    threshold_bps, quorum, eligibility, decision, counted_root, rejected_root, rejected,
    cutoff_seq, chain_until, memo)
    values (%(market)s, %(kind)s, %(round)s, 8, 1, 9, 7000, 10, 'any', %(decision)s, '', '', 0, 0,
        0, %(memo)s)"""


def the_chain_contradicts_the_tallies(world: World) -> Steps:
    found = account(2, State.APPROVED, approved_at=NOW)
    world.market(2, State.APPROVED, on_chain=found)
    world.run(
        """update marts.markets set proposal_likes = 8, proposal_dislikes = 1
           where market_address = 'Market2'"""
    )
    yield voting.chain_decisions_have_tallies
    row = {"market": market_id(2), "kind": "proposal", "round": "r", "decision": "approved"}
    world.run(TALLY, **row, memo="as carried")
    yield voting.chain_decisions_have_tallies


def a_dispute_finds_no_quorum(world: World) -> Steps:
    found = account(3, State.DISPUTED, dispute_initiated_at=NOW)
    world.market(3, State.DISPUTED, on_chain=found)
    row = {"market": market_id(3), "kind": "dispute", "round": "opened-Market3"}
    world.run(TALLY, **row, decision="manual_review", memo=None)
    yield voting.disputes_reach_a_quorum
    world.run(TALLY, **row, decision="upheld", memo="an operator's")
    yield voting.disputes_reach_a_quorum


def the_webhook_falls_silent(world: World) -> Steps:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(
            started(world.folder / "chain", program_id=LOCAL_PROGRAM_ID)
        ) as node,
        world.patch.context() as patch,
    ):
        patch.setenv("ODDSLINE_PROGRAM_ID", TRANSFERS)
        patch.setenv("ODDSLINE_RPC_URL", node.url)
        stage = Stage(node, portal, world.url, world.instance, portal.call(node.funded))
        stage.pay()
        stage.settle()
        yield stage.tick
        stage.deliver(*stage.pay())
        stage.settle()
        yield stage.tick


def the_keeper_dies(world: World) -> Steps:
    world.keeper.close()
    yield watch.look_now
    world.connect_keeper()
    yield watch.look_now


def the_daemon_dies(world: World) -> Steps:
    world.run(
        """update dagster.daemon_heartbeats set "timestamp" = "timestamp" - interval '1 hour'"""
    )
    yield watch.look_now
    beat(world.instance, "SENSOR")
    yield watch.look_now


def a_sensor_fails(world: World) -> Steps:
    tick = """insert into dagster.job_ticks (selector_id, status, type, "timestamp")
              values ('s', %(status)s, 'SENSOR', clock_timestamp() at time zone 'UTC')"""
    world.run(
        """insert into dagster.instigators (selector_id, status, instigator_type, instigator_body)
           values ('s', 'DECLARED_IN_CODE', 'SENSOR', '{"origin": {"job_name": "due_markets"}}')"""
    )
    for _ in range(3):
        world.run(tick, status="FAILURE")
    yield watch.look_now
    world.run(tick, status="SKIPPED")
    yield watch.look_now
    world.run("delete from dagster.job_ticks")  # of a sensor that nobody ticks


def our_key_is_not_the_programs(world: World) -> Steps:
    backend, path = Keypair(), world.folder / "backend.json"
    path.write_text(json.dumps(list(bytes(backend))))
    with world.patch.context() as patch:
        patch.setenv("ODDSLINE_KEYPAIR_BACKEND", str(path))
        yield watch.look_now
        ours = str(backend.pubkey())
        world.chain.config = dataclasses.replace(CONFIG, backend_authority=ours)
        yield watch.look_now


#: How the line breaks, and what both sinks say of it: severity, rule, subject.
CASES: dict[Callable[[World], Steps], str] = {
    a_job_fails: "CRITICAL: runs fail (carry)",
    a_check_fails: "CRITICAL: check failed (landing.every_event_is_read)",
    the_fold_stalls: "CRITICAL: fold behind (marts)",
    a_range_stays_incomplete: "WARNING: open gaps (slots)",
    the_ledger_stands_still: "CRITICAL: open gaps (ledger)",
    nobody_judges_a_suite: "WARNING: checks stale (candles)",
    a_market_does_not_move: "CRITICAL: market stuck (markets)",
    a_market_is_held: f"WARNING: market held ({market_id(7)})",
    a_transition_fails_for_good: "WARNING: dead letter (transition:key-8)",
    one_transition_fails_again_and_again: "CRITICAL: transaction failing (transitions)",
    too_few_transitions_end_well: "WARNING: success rate low (1h)",
    the_chain_contradicts_the_tallies: "CRITICAL: tally missing (opened-Market2)",
    a_dispute_finds_no_quorum: f"CRITICAL: dispute without quorum ({market_id(3)})",
    the_webhook_falls_silent: f"WARNING: webhook silent ({TRANSFERS})",
    the_keeper_dies: "CRITICAL: keeper silent (keeper)",
    the_daemon_dies: "CRITICAL: daemon silent (daemon)",
    a_sensor_fails: "CRITICAL: tick missing (due_markets)",
    our_key_is_not_the_programs: "CRITICAL: authority mismatch (backend)",
}


def test_a_line_in_which_nothing_is_wrong_tells_nobody(world: World) -> None:
    """All rules are judged, none has a symptom."""
    assert world.told(watch.look_now) == []


@pytest.mark.parametrize(("breaks", "headline"), CASES.items(), ids=[one.__name__ for one in CASES])
def test_what_breaks_is_told_once_and_so_is_its_end(
    world: World, breaks: Callable[[World], Steps], headline: str
) -> None:
    """Nothing else is told, however often one looks; the alert is listed while it lasts."""
    severity, _, what = headline.partition(": ")
    chapter = what.partition(" (")[0].replace(" ", "-")
    steps = breaks(world)

    look = next(steps)
    assert world.told(look) == [f"[local] {headline}"]
    for text in (world.sunk.posts[-1]["message"], world.sunk.mails[-1]):
        assert f"{RUNBOOK}#{chapter}" in text
    assert f"firing\t{severity.lower()}\t{chapter.replace('-', '_')}" in said("alerts")
    assert world.told(look) == []

    look = next(steps)
    assert world.told(look) == [f"[local] RESOLVED: {what}"]
    assert world.told(look) == []
    assert said("alerts") == ""
    assert next(steps, None) is None
