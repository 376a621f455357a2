"""A line's database with markets in it, a chain that says what a test says, a keeper of a thread."""

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from chain.program.accounts import GlobalConfig, MarketAccount
from chain.program.states import State
from oddsline import blocking
from orchestration.chain_view import Moment

PROGRAM = "2MV581DqE1yS6AgU3mT5vGc14BmEy5RJdyNvkiunW76k"
NOW = 2_000_000_000  # chain time, unix seconds
CONFIG = GlobalConfig(
    admin="Admin",
    backend_authority="Backend",
    protocol_fee_wallet="Fees",
    protocol_fee_bps=300,
    resolver_reward_bps=200,
    liquidity_provider_fee_bps=500,
    proposal_approval_threshold=7000,
    dispute_success_threshold=6000,
    min_resolution_delay=0,
    dispute_period=1000,
    min_resolver_reputation=0,
    is_paused=False,
)


def account(number: int, state: State, **fields) -> MarketAccount:
    """A market's account: long active, just resolved YES, unless a test says otherwise."""
    values: dict[str, Any] = dict.fromkeys((f.name for f in dataclasses.fields(MarketAccount)), 0)
    values |= {
        "market_id": market_id(number),
        "creator": "Creator",
        "state": state,
        "activated_at": NOW - 500_000,
        "resolution_proposed_at": NOW - 1000,
        "resolver": "Resolver",
        "proposed_outcome": True,
        "final_outcome": None,
        "ipfs_evidence_hash": "",
        "dispute_initiator": "",
        "was_disputed": False,
        "cancelled_at": None,
    }
    return MarketAccount(**(values | fields))


def market_id(number: int) -> str:
    return f"{number:064x}"


class FakeChain:
    """Accounts, a clock and a configuration, as a test sets them."""

    def __init__(self) -> None:
        self.now = NOW
        self.config = CONFIG
        self.accounts: dict[str, MarketAccount] = {}

    def moment(self) -> Moment:
        return Moment(self.now, self.config, 1)

    def markets(self, addresses) -> dict[str, MarketAccount]:
        return {a: self.accounts[a] for a in addresses if a in self.accounts}


@pytest.fixture
def chain(monkeypatch) -> FakeChain:
    """What every step and sensor sees when it looks at the chain."""
    fake = FakeChain()
    monkeypatch.setattr("orchestration.monitor.definitions.ChainView", lambda *_: fake)
    return fake


@dataclasses.dataclass
class Line:
    """The database of a line, and shorthands for what tests put into it and read from it."""

    url: str
    chain: FakeChain

    def rows(self, statement: str, **values):
        with blocking.session(self.url, name="test") as connection:
            return blocking.rows(connection, statement, values)

    def run(self, statement: str, **values) -> None:
        with blocking.session(self.url, name="test") as connection:
            blocking.run(connection, statement, values)

    def market(
        self, number: int, state: State, *, on_chain: MarketAccount | None = None, **columns
    ):
        """A market in the marts and on chain; `columns` are the mart's."""
        found = on_chain or account(number, state)
        self.chain.accounts[f"Market{number}"] = found
        opened = {
            State.APPROVED: "ProposalApproved",
            State.RESOLVING: "MarketResolved",
            State.DISPUTED: "DisputeInitiated",
        }[state]
        row = {
            "market_id": market_id(number),
            "market_address": f"Market{number}",
            "state": state.name,
            "resolver": "Resolver",
            "proposed_outcome": "YES",
            "price_yes": 900_000_000,
            "approved_at": found.approved_at,
            "activated_at": found.activated_at,
            "resolved_at": found.resolution_proposed_at,
            "disputed_at": found.dispute_initiated_at,
            "opened": opened,
        } | columns
        self.run(
            """insert into marts.markets (market_id, market_address, state, resolver,
                   proposed_outcome, price_yes, creator, b_parameter, initial_liquidity,
                   approved_at, activated_at, resolution_proposed_at, dispute_initiated_at,
                   created_at, last_slot, was_disputed, shares_yes, shares_no, volume,
                   volume_gross, trade_count)
               values (%(market_id)s, %(market_address)s, %(state)s, %(resolver)s,
                   %(proposed_outcome)s, %(price_yes)s, 'Creator', 1, 1,
                   to_timestamp(%(approved_at)s), to_timestamp(%(activated_at)s),
                   to_timestamp(%(resolved_at)s), to_timestamp(%(disputed_at)s),
                   to_timestamp(%(activated_at)s), 1, false, 0, 0, 0, 0, 0)""",
            **row,
        )
        self.run(
            """insert into marts.lifecycle_events (event_id, market_id, market_address, signature,
                   event, to_state, slot, tx_index, position, chain_order, occurred_at)
               values (%(market_id)s, %(market_id)s, %(market_address)s,
                   'opened-' || %(market_address)s, %(opened)s, %(state)s, 1, 0, 0, 1,
                   to_timestamp(%(resolved_at)s))""",
            **row,
        )

    def intents(self):
        """Every intent: market, action, state."""
        return self.rows(
            "select market_address, action, state::text from ops.transitions order by id"
        )


@pytest.fixture
def line(database, environment, chain, monkeypatch) -> Line:
    """A line without processes: database, settings, chain."""
    monkeypatch.setenv("ODDSLINE_PROGRAM_ID", PROGRAM)
    monkeypatch.setenv("ODDSLINE_MONITOR_WAIT_S", "20")
    return Line(database, chain)


Verdict = tuple[str, str | None, str | None]  # state, error's name, error's class
DONE: Verdict = ("done", None, None)


class Keeper(threading.Thread):
    """Takes open intents and ends each as the test's `judge(market_address, attempt)` says."""

    def __init__(self, url: str, judge: Callable[[str, int], Verdict]) -> None:
        super().__init__(daemon=True)
        self._url, self._judge = url, judge
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            with blocking.session(self._url, name="keeper") as connection:
                taken = blocking.rows(
                    connection,
                    """update ops.transitions set state = 'leased', attempts = attempts + 1
                       where state = 'open' returning id, market_address, attempts""",
                )
                for intent in taken:
                    state, name, class_ = self._judge(intent["market_address"], intent["attempts"])
                    blocking.run(
                        connection,
                        """update ops.transitions set state = %(state)s::ops.transition_state,
                               error_name = %(name)s, error_class = %(class)s,
                               signature = 'sig-' || id, updated_at = clock_timestamp(),
                               finished_at = clock_timestamp()
                           where id = %(id)s""",
                        {"state": state, "name": name, "class": class_, "id": intent["id"]},
                    )
            time.sleep(0.05)

    def stop(self) -> None:
        self._over.set()
        self.join(10)


@pytest.fixture
def instance():
    """A Dagster instance that keeps its runs in memory."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def keeper(line):
    """Starts keepers; all are stopped at the end."""
    started = []

    def start(judge: Callable[[str, int], Verdict] = lambda *_: DONE) -> Keeper:
        started.append(Keeper(line.url, judge))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()
