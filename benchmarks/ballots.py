"""Signed ballots in numbers: bodies to post, rows to store."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import orjson
from solders.keypair import Keypair

from votes import ballot as ballots
from votes.ballot import Ballot, Domain

MARKETS_SQL = """
insert into marts.markets (
    market_address, market_id, creator, state, b_parameter, initial_liquidity, shares_yes,
    shares_no, volume, volume_gross, trade_count, was_disputed, created_at, last_slot
)
select 'A' || id, id, 'creator', 'PROPOSED', 1, 1, 0, 0, 0, 0, 0, false, $2, 1
from unnest($1::text[]) as id
"""
OPENED_SQL = """
insert into marts.lifecycle_events (
    event_id, market_id, market_address, signature, event, to_state, slot, tx_index, position,
    chain_order, occurred_at
)
select id, id, 'A' || id, 'R' || id, 'MarketCreated', 'PROPOSED', 1, 0, 0, 1, $2
from unnest($1::text[]) as id
"""
COLUMNS = (
    "seq", "market_id", "market_address", "kind", "round", "wallet", "choice", "nonce",
    "issued_at", "expires_at", "encoding", "signed_bytes", "signature",
)  # fmt: skip


def market_ids(first: int, count: int) -> list[str]:
    return [f"{n:064x}" for n in range(first, first + count)]


def bodies(domain: Domain, market_id: str, round_: str, keys: Sequence[Keypair]) -> list[bytes]:
    """One like of each wallet, signed now: what a wallet posts."""
    return [_body(domain, key, _ballot(market_id, round_, "like", key, 0)) for key in keys]


async def seed(
    connection: asyncpg.Connection, domain: Domain, markets: Sequence[str], keys: Sequence[Keypair]
) -> int:
    """Proposed markets, and on each a stored, really signed ballot of every wallet; how many."""
    opened = datetime.now(UTC) - timedelta(hours=1)
    await connection.execute(MARKETS_SQL, list(markets), opened)
    await connection.execute(OPENED_SQL, list(markets), opened)
    count = 0
    for market_id in markets:
        records = list(_records(domain, market_id, keys, count))
        count += len(records)
        await connection.copy_records_to_table(
            "votes", schema_name="raw", columns=COLUMNS, records=records
        )
    await connection.execute("select setval('raw.vote_seq', (select max(seq) from raw.votes))")
    await connection.execute("analyze raw.votes")
    return count


def _records(
    domain: Domain, market_id: str, keys: Sequence[Keypair], after: int
) -> Iterator[tuple[object, ...]]:
    for n, key in enumerate(keys, after + 1):
        # Four of ten like it: every market is counted, none is sent.
        choice = "like" if n % 10 < 4 else "dislike"
        ballot = _ballot(market_id, f"R{market_id}", choice, key, n)
        message = ballot.text(domain).encode()
        yield (
            n, market_id, f"A{market_id}", ballot.kind, ballot.round, ballot.wallet, choice,
            ballot.nonce, ballots.parse_time(ballot.issued_at),
            ballots.parse_time(ballot.expires_at), "raw", message,
            str(key.sign_message(message)),
        )  # fmt: skip


def _ballot(market_id: str, round_: str, choice: str, key: Keypair, later_ms: int) -> Ballot:
    return ballots.draft(
        market_id=market_id,
        kind="proposal",
        round_=round_,
        choice=choice,
        wallet=str(key.pubkey()),
        now=datetime.now(UTC) + timedelta(milliseconds=later_ms % 1000),
    )


def _body(domain: Domain, key: Keypair, ballot: Ballot) -> bytes:
    return orjson.dumps(
        {
            "wallet": ballot.wallet,
            "choice": ballot.choice,
            "nonce": ballot.nonce,
            "round": ballot.round,
            "issued_at": ballot.issued_at,
            "expires_at": ballot.expires_at,
            "signature": str(key.sign_message(ballot.text(domain).encode())),
            "encoding": "raw",
        }
    )
