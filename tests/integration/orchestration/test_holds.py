"""Markets that wait for a person: held by rule or by hand, alerted, and sent after their release."""

import dagster as dg
import pytest

from chain.program.states import State
from oddsline import blocking
from orchestration.monitor import held
from orchestration.monitor.holds import Hold
from tests.integration.orchestration.conftest import NOW, account, market_id
from tests.integration.orchestration.monitoring import launch, outcomes, tick

pytestmark = pytest.mark.filterwarnings("default")


def test_a_suspicious_resolution_is_held_alerted_and_sent_after_its_release(line, keeper, instance):
    """YES while NO trades at 90 %: it waits, whoever asks how often, until a person lets it go."""
    line.market(1, State.RESOLVING, price_yes=50_000_000)
    keeper()
    run = launch(instance, tick(instance).run_requests[0])

    assert run.success
    assert outcomes(run)[market_id(1)]["state"] == "held"
    assert line.intents() == []
    assert isinstance(tick(instance), dg.SkipReason)
    (alert,) = line.rows("select rule, subject, state, summary from ops.alerts")
    assert (alert["rule"], alert["subject"], alert["state"]) == (
        "market_held",
        market_id(1),
        "firing",
    )
    assert "95.0 %" in alert["summary"]

    with blocking.session(line.url, name="test") as connection:
        assert held.release(connection, market_id(1), "operator")
    run = launch(instance, tick(instance).run_requests[0])

    assert run.success
    assert line.intents()[0]["state"] == "done"
    assert line.rows("select state from ops.alerts") == [{"state": "resolved"}]


def test_an_operators_hold_keeps_back_an_open_intent(line):
    """Between the intent and the keeper's lease a person can still say stop."""
    line.market(1, State.RESOLVING)
    line.run(
        """insert into ops.transitions (idempotency_key, market_id, market_address, action, role)
           values ('k', %(id)s, 'Market1', 'finalize_market', 'backend')""",
        id=market_id(1),
    )

    with blocking.session(line.url, name="test") as connection:
        assert held.place(connection, market_id(1), Hold("operator", "look at it first"))
        assert not held.place(connection, market_id(1), Hold("operator", "again"))
        assert [row["reason"] for row in held.listed(connection)] == ["look at it first"]
    assert line.intents()[0]["state"] == "held"

    with blocking.session(line.url, name="test") as connection:
        held.release(connection, market_id(1), "operator")
    assert line.intents()[0]["state"] == "open"
    history = line.rows(
        "select from_state::text, to_state::text from ops.transition_history order by id"
    )
    assert history == [
        {"from_state": "open", "to_state": "held"},
        {"from_state": "held", "to_state": "open"},
    ]


def test_a_released_market_goes_on_at_once_though_it_rested(line, keeper, instance):
    """With the cursor of the tick that asked for it, and under another run key."""
    line.market(1, State.RESOLVING, price_yes=50_000_000)
    keeper()
    first = tick(instance)
    launch(instance, first.run_requests[0])
    assert isinstance(tick(instance, first.cursor), dg.SkipReason)

    with blocking.session(line.url, name="test") as connection:
        held.release(connection, market_id(1), "operator")
    again = tick(instance, first.cursor)

    (request,) = again.run_requests
    assert request.run_key != first.run_requests[0].run_key
    assert isinstance(tick(instance, again.cursor), dg.SkipReason)
    assert launch(instance, request).success
    assert line.intents()[0]["state"] == "done"


def test_each_rule_holds_a_market_and_says_why_in_the_runs_metadata(line, keeper, instance):
    """Price, haste, interest and an operator: nothing is sent, each reason is shown."""
    line.market(1, State.RESOLVING, price_yes=50_000_000)
    hasty = account(2, State.RESOLVING, activated_at=NOW - 1599, resolution_proposed_at=NOW - 1000)
    line.market(2, State.RESOLVING, on_chain=hasty)
    line.market(3, State.RESOLVING)
    line.run(
        """insert into marts.positions (market_id, market_address, wallet, shares_yes, shares_no,
               bought_yes, bought_no, sold_yes, sold_no, invested, invested_yes, invested_no,
               proceeds, proceeds_yes, proceeds_no, claimed, trade_count)
           values (%(id)s, 'Market3', 'Resolver', 5000000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)""",
        id=market_id(3),
    )
    line.market(4, State.RESOLVING)
    with blocking.session(line.url, name="test") as connection:
        held.place(connection, market_id(4), Hold("operator", "look first"))
    keeper()

    (request,) = tick(instance).run_requests
    run = launch(instance, request)

    assert run.success
    assert line.intents() == []
    rows = line.rows("select market_id, rule from ops.holds order by market_id")
    rules = ["price_contradiction", "early_resolution", "resolver_interest", "operator"]
    assert [row["rule"] for row in rows] == rules
    shown = outcomes(run)
    assert {shown[market_id(number)]["state"] for number in (1, 2, 3)} == {"held"}
    assert "5.000 shares" in shown[market_id(3)]["detail"]
    assert market_id(4) not in shown  # an operator's hold is not even asked for
