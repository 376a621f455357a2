"""Each suite passes over sound rows, and the rule that a fault is about fails, alone and by name."""

from collections.abc import Callable

import pytest

from checks.engine import judge
from checks.suite import Suite
from checks.suites.ballots import ballots
from checks.suites.candles import candles
from checks.suites.landing import landing
from oddsline import blocking

# GX and what it imports warn about themselves; that is not ours to mend.
pytestmark = pytest.mark.filterwarnings("default")

TRANSACTION = """
    select raw.ensure_partitions(1);
    insert into raw.transactions (slot, signature, version, source, commitment, block_time)
    select 1, 'sig' || n, '0', 'webhook', 'confirmed', now() from generate_series(1, 20) as n;
    insert into raw.events (seq, program_id, slot, signature, "outer", inner_path, kind, ordinal,
        position, name, args, provenance, block_time)
    select n, 'program', 1, 'sig' || n, 0, 0, 'log', 0, 0, 'SharesBought', '{}', 'log', now()
    from generate_series(1, 20) as n;
"""
A_WEEK_OF_HOURS = """
    insert into raw.slot_ranges (program_id, from_slot, to_slot, source, commitment, signatures,
        signatures_hash, standing, created_at)
    select 'program', n, n, 'rpc', 'finalized', 1000, '', 'agreed', now() - n * interval '1 hour'
    from generate_series(2, 40) as n;
"""
THIS_HOUR = """
    insert into raw.slot_ranges (program_id, from_slot, to_slot, source, commitment, signatures,
        signatures_hash, standing)
    values ('program', 100, 100, 'rpc', 'finalized', {}, '', 'agreed');
"""
BALLOT = """
    insert into raw.votes (seq, market_id, market_address, kind, round, wallet, choice, nonce,
        issued_at, expires_at, encoding, signed_bytes, signature, received_at)
    select 1, 'aa', 'Market', 'proposal', 'round', 'Wallet', 'like', extract(epoch from at) * 1000,
        at, at + interval '5 minutes', 'raw', 'market: aa wallet: Wallet', 'sig', at
    from (select date_trunc('second', now() - interval '2 minutes')) as time (at);
    insert into marts.ballots (market_id, kind, round, wallet, market_address, choice, nonce, cast_at)
    select market_id, kind, round, wallet, market_address, choice, nonce, received_at from raw.votes;
"""
CANDLES = """
    insert into marts.candles (market_address, interval, bucket, market_id, open, high, low, close,
        volume, trade_count, first_place, last_place)
    select 'Market', '1m', date_trunc('minute', now()) - n * interval '1 minute', 'aa', 5, 9, 1, 6,
        10, 2, 10 - n, 10 - n
    from generate_series(0, 2) as n;
"""


def prepare(url: str, *statements: str) -> None:
    with blocking.session(url, name="test") as connection:
        for statement in statements:
            blocking.run(connection, statement)


def failing(suite: Callable[[], Suite], url: str) -> list[str]:
    return [verdict.rule.name for verdict in judge(suite(), url) if not verdict.passed]


LANDING_FAULTS = {
    "lands_soon": "update raw.events set block_time = now() - interval '5 minutes'",
    "volume_as_usual": A_WEEK_OF_HOURS + THIS_HOUR.format(20),
    "every_event_is_read": """insert into ops.dead_letters (kind, key, payload, reason, class)
        values ('event', 'sig1:0', '{}', 'no such discriminator', 'UnknownEvent')""",
    "no_item_is_refused": """insert into raw.deliveries (source, item, reason, digest)
        values ('webhook', '', 'no signature', '')""",
}


def test_a_flow_as_usual_passes(database):
    """Events seconds old, an hour like the others, nothing unread: no rule of landing fails."""
    prepare(database, TRANSACTION, A_WEEK_OF_HOURS, THIS_HOUR.format(900))

    assert failing(landing, database) == []


@pytest.mark.parametrize("rule", sorted(LANDING_FAULTS))
def test_each_fault_of_the_flow_fails_its_own_rule(database, rule):
    """Late, far too few, unread or refused: the one rule about it fails."""
    prepare(database, TRANSACTION, LANDING_FAULTS[rule])

    assert failing(landing, database) == [rule]


def test_a_backfill_is_not_late(database):
    """Old blocks that a backfill brings say nothing about deliveries."""
    prepare(
        database,
        TRANSACTION,
        "update raw.events set block_time = now() - interval '1 day'",
        "update raw.transactions set source = 'backfill'",
    )

    assert failing(landing, database) == []


BALLOT_FAULTS = {
    "nonce_is_issue_time": "update raw.votes set nonce = nonce - 1",
    "names_its_market": "update raw.votes set signed_bytes = 'market: bb wallet: Wallet'",
    "names_its_wallet": "update raw.votes set signed_bytes = 'market: aa wallet: Another'",
    "is_counted": "delete from marts.ballots",
    "came_in_its_time": "update raw.votes set received_at = issued_at - interval '31 seconds'",
    "lives_ten_minutes": "update raw.votes set expires_at = issued_at + interval '601 seconds'",
}


@pytest.mark.parametrize("rule", sorted(BALLOT_FAULTS))
def test_each_fault_of_a_ballot_fails_its_own_rule(database, rule):
    """A sound ballot passes; altered in one way it fails the one rule about it."""
    prepare(database, BALLOT)
    assert failing(ballots, database) == []

    prepare(database, BALLOT_FAULTS[rule])

    assert failing(ballots, database) == [rule]


CANDLE_FAULTS = {
    "low_is_a_probability": "update marts.candles set low = -1",
    "high_is_a_probability": "update marts.candles set high = 1000000001",
    "spans_its_ends": "update marts.candles set close = 10",
    "follows_the_last": "update marts.candles set first_place = last_place - 5",
    "on_the_minute": "update marts.candles set bucket = bucket + interval '1 second'",
    "holds_a_trade": "update marts.candles set trade_count = 0",
}


@pytest.mark.parametrize("rule", sorted(CANDLE_FAULTS))
def test_each_fault_of_a_candle_fails_its_own_rule(database, rule):
    """Three minutes in a row pass; altered in one way they fail the one rule about it."""
    prepare(database, CANDLES)
    assert failing(candles, database) == []

    prepare(database, CANDLE_FAULTS[rule])

    assert failing(candles, database) == [rule]
