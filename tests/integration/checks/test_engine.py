"""Suites judge real rows in a real PostgreSQL, by the real Great Expectations."""

import dataclasses

import pytest

from checks.engine import SAMPLE_ROWS, judge
from checks.record import record
from checks.suites.raw_events import raw_events
from oddsline import blocking

# GX and what it imports warn about themselves; that is not ours to mend.
pytestmark = pytest.mark.filterwarnings("default")

SHARES = {
    "market_id": "aa",
    "user": "wallet",
    "outcome": True,
    "shares": 1,
    "cost": 5,
    "new_price_yes": 500_000_000,
    "timestamp": 1,
}


def land(url: str, seq: int, **changes) -> None:
    """One SharesBought in raw.events, as landing writes it."""
    args = {**SHARES, **changes.pop("args", {})}
    row = {"market": "Market", "args": blocking.Json(args), "seq": seq, **changes}
    with blocking.session(url, name="test") as connection:
        blocking.rows(connection, "select raw.ensure_partitions(1)")
        blocking.run(
            connection,
            """insert into raw.events (seq, program_id, slot, signature, "outer", inner_path, kind,
                   ordinal, position, name, args, market_address, provenance)
               values (%(seq)s, 'program', 1, 'sig' || %(seq)s, 0, 0, 'log', 0, 0, 'SharesBought',
                   %(args)s, %(market)s, 'log')""",
            row,
        )


def verdicts(url: str):
    return {verdict.rule.name: verdict for verdict in judge(raw_events(), url)}


def test_events_as_the_program_emits_them_pass(bare_database):
    """What landing writes of a trade fails no rule."""
    land(bare_database, 1)

    assert [v.rule.name for v in verdicts(bare_database).values() if not v.passed] == []


def test_a_field_that_no_idl_names_fails_with_the_rows_named(bare_database):
    """Payload drift is seen on the first event that carries it, and the sample names it."""
    land(bare_database, 1)
    land(bare_database, 2, args={"referrer": "somebody"})

    shape = verdicts(bare_database)["payload_shape"]

    assert not shape.passed
    assert shape.observed["unexpected_count"] == 1
    assert shape.sample[0]["signature"] == "sig2"
    assert "referrer" in shape.sample[0]["shape"]


def test_counts_are_exact_and_samples_capped(bare_database):
    """Thirty wrong prices are counted as thirty and shown as five."""
    for seq in range(1, 31):
        land(bare_database, seq, args={"new_price_yes": 2_000_000_000})

    price = verdicts(bare_database)["price_in_unit"]

    assert price.observed["unexpected_count"] == 30
    assert len(price.sample) == SAMPLE_ROWS


def test_a_rule_that_cannot_be_evaluated_has_not_passed(bare_database):
    """A column that went away is a failure with its message, not a silent pass."""
    land(bare_database, 1)
    suite = raw_events()
    blind = dataclasses.replace(suite.rules[2], given={"column": "gone", "min_value": 0})

    (verdict,) = judge(dataclasses.replace(suite, rules=(blind,)), bare_database)

    assert not verdict.passed
    assert "gone" in verdict.observed["error"]


def test_a_failure_is_kept_and_alerts_once_until_it_recovers(bare_database):
    """Two failing runs make two results and one alert; a passing run resolves it."""
    land(bare_database, 1, market=None)
    for _ in range(2):
        with blocking.session(bare_database, name="test") as connection:
            record(connection, judge(raw_events(), bare_database), "run")
    with blocking.session(bare_database, name="test") as connection:
        firing = blocking.rows(connection, "select subject, state from ops.alerts")
        blocking.run(connection, "delete from raw.events")
    assert firing == [{"subject": "raw_events.names_its_market", "state": "firing"}]

    with blocking.session(bare_database, name="test") as connection:
        record(connection, judge(raw_events(), bare_database), "run")

    with blocking.session(bare_database, name="test") as connection:
        after = blocking.rows(connection, "select subject, state from ops.alerts")
        kept = blocking.rows(
            connection,
            "select passed from ops.check_results where check_name = 'names_its_market' order by id",
        )
    assert after == [{"subject": "raw_events.names_its_market", "state": "resolved"}]
    assert [row["passed"] for row in kept] == [False, False, True]
