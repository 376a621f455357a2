"""Synthetic raw events: whole market lives that add up, without a chain or a decoder.

Amounts follow simple rules of their own (a share costs its price, fees are a tenth), not the
program's LMSR: what is tested with them is what our tables make of events.
"""

import hashlib
import itertools
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import asyncpg
import based58

P = 1_000_000_000
PROGRAM = "Oddsmarket1111111111111111111111111111111111"
#: Chain time of the first slot, unix seconds.
EPOCH = 1_767_225_600
FIRST_SLOT = 300_000_000


@dataclass(frozen=True)
class Event:
    """A row of raw.events, without what landing adds (seq, received_at)."""

    name: str
    slot: int
    signature: str
    args: dict[str, Any]
    position: int = 0
    tx_index: int | None = 0
    market_id: str | None = None
    market_address: str | None = None
    wallet: str | None = None
    actor: str | None = None
    ix_args: dict[str, Any] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    program_id: str = PROGRAM
    outer: int = 0
    inner_path: int = 0
    kind: str = "log"
    ordinal: int = 0
    mirrored: bool = False
    source: str = "webhook"

    @property
    def event_key(self) -> dict[str, Any]:
        """How raw.revisions names this event within its transaction."""
        return {
            "program_id": self.program_id,
            "outer": self.outer,
            "inner_path": self.inner_path,
            "kind": self.kind,
            "ordinal": self.ordinal,
        }


def market_id(n: int) -> str:
    """64 hex digits."""
    return hashlib.sha256(f"market {n}".encode()).hexdigest()


def address(name: str) -> str:
    """Something that looks like a base58 address."""
    return "A" + hashlib.sha256(name.encode()).hexdigest()[:40].replace("0", "z")


def wallet(n: int) -> str:
    """The n-th trader."""
    return address(f"wallet {n}")


class Chain:
    """Hands out slots, times and signatures; one transaction per call."""

    def __init__(self, seed: int = 0, *, first_slot: int = FIRST_SLOT) -> None:
        self._counter = itertools.count()
        self._seed = seed
        self._first_slot = first_slot

    def event(self, name: str, args: dict[str, Any], **more: Any) -> Event:
        """The next transaction's only event; two transactions share a slot."""
        n = next(self._counter)
        slot = self._first_slot + n // 2
        at = {"cancelled_at" if name == "MarketCancelled" else "timestamp": EPOCH + n // 2}
        digest = hashlib.sha512(f"{self._seed} {n}".encode()).digest()
        signature = based58.b58encode(digest).decode()
        return Event(name, slot, signature, args | at, tx_index=n % 2, **more)


@dataclass(frozen=True)
class Market:
    """Makes one market's events; `chain` gives them their place."""

    chain: Chain
    number: int

    @property
    def id(self) -> str:
        return market_id(self.number)

    @property
    def address(self) -> str:
        return address(f"market {self.number}")

    def event(self, name: str, args: dict[str, Any] | None = None, **more: Any) -> Event:
        """Any event of this market."""
        known = {"market_id": self.id, "market_address": self.address} | more
        carries_id = name != "WinningsClaimed"
        named = {"market_id": self.id} if carries_id else {"market": self.address}
        return self.chain.event(name, named | (args or {}), **known)

    def created(self, creator: int = 0, b: int = 100 * P, liquidity: int = 70 * P) -> Event:
        return self.event(
            "MarketCreated",
            {"creator": wallet(creator), "b_parameter": b, "state": 0},
            ix_args={"b_parameter": b, "initial_liquidity": liquidity},
            wallet=wallet(creator),
        )

    def opened(self, creator: int = 0) -> list[Event]:
        """From creation to trading."""
        admin = wallet(1_000)
        likes = {"likes": 8, "dislikes": 2, "approval_percentage": 80, "approved": True}
        return [
            self.created(creator),
            self.event("ProposalAggregated", likes),
            self.event("ProposalApproved", {"approved_by": admin}, wallet=admin),
            self.event(
                "MarketActivated", {"creator": wallet(creator), "initial_liquidity": 70 * P}
            ),
        ]

    def bought(self, who: int, shares: int, *, yes: bool = True, price: int = P // 2) -> Event:
        gross = shares * price // P
        fee = gross // 10
        args = {"user": wallet(who), "outcome": yes, "shares": shares, "cost": gross + fee}
        return self._trade("SharesBought", who, args, gross, fee, price)

    def sold(self, who: int, shares: int, *, yes: bool = True, price: int = P // 2) -> Event:
        gross = shares * price // P
        fee = gross // 10
        args = {"user": wallet(who), "outcome": yes, "shares": shares, "proceeds": gross - fee}
        return self._trade("SharesSold", who, args, gross, fee, price)

    def _trade(
        self, name: str, who: int, args: dict[str, Any], gross: int, fee: int, price: int
    ) -> Event:
        parts = {"protocol_fee": fee * 3 // 10, "resolver_fee": fee * 2 // 10}
        facts = {"gross": gross, "fee": fee, **parts, "fee_basis": "returned"}
        args = args | {"new_price_yes": price}
        return self.event(name, args, facts=facts, wallet=wallet(who), actor=wallet(who))

    def resolved(self, *, yes: bool = True, resolver: int = 7) -> Event:
        args = {"resolver": wallet(resolver), "outcome": yes}
        return self.event("MarketResolved", args, wallet=wallet(resolver))

    def disputed(self, by: int = 8) -> Event:
        args = {"initiator": wallet(by), "disputed_outcome": True}
        return self.event("DisputeInitiated", args, wallet=wallet(by))

    def finalized(
        self, outcome: bool | None = True, *, tally: tuple[int, int] | None = None
    ) -> Event:
        agree, disagree = tally or (None, None)
        return self.event(
            "MarketFinalized",
            {"final_outcome": outcome, "was_disputed": tally is not None},
            ix_args={"dispute_agree": agree, "dispute_disagree": disagree},
        )

    def claimed(self, who: int, amount: int, *, reward: int | None = 0) -> Event:
        args = {"user": wallet(who), "outcome": True, "amount": amount}
        facts = {} if reward is None else {"reward": reward}
        return self.event("WinningsClaimed", args, wallet=wallet(who), facts=facts)

    def withdrawn(self, amount: int, creator: int = 0) -> Event:
        args = {"creator": wallet(creator), "amount": amount}
        return self.event("LiquidityWithdrawn", args, wallet=wallet(creator))

    def voted(self, who: int, *, like: bool = True) -> Event:
        args = {"user": wallet(who), "vote": like}
        return self.event("ProposalVoteSubmitted", args, wallet=wallet(who))


def lives(markets: int, trades: int, *, seed: int = 0, wallets: int = 20) -> list[Event]:
    """Whole lives of markets, interleaved: some disputed, some cancelled, some still trading."""
    rng = random.Random(seed)
    chain = Chain(seed)
    stories = [_life(Market(chain, n), trades // markets, rng, wallets) for n in range(markets)]
    events = []
    while stories:
        story = rng.choice(stories)
        if (event := next(story, None)) is None:
            stories.remove(story)
        else:
            events.append(event)
    return events


def _life(market: Market, trades: int, rng: random.Random, wallets: int) -> Iterator[Event]:
    yield market.created(rng.randrange(wallets))
    for voter in rng.sample(range(wallets), 3):
        yield market.voted(voter, like=rng.random() < 0.8)
    yield market.event("ProposalAggregated", {"likes": 3, "dislikes": 1, "approved": True})
    if market.number % 5 == 4:
        yield market.event("MarketCancelled", {"cancelled_by": wallet(1_000)})
        return
    yield market.event("ProposalApproved", {"approved_by": wallet(1_000)})
    yield market.event("MarketActivated", {"creator": wallet(0), "initial_liquidity": 70 * P})
    held: dict[tuple[int, bool], int] = {}
    for _ in range(trades):
        who, yes = rng.randrange(wallets), rng.random() < 0.6
        price = rng.randrange(P // 100, P)
        if held.get((who, yes), 0) > P and rng.random() < 0.4:
            shares = rng.randrange(1, held[who, yes])
            held[who, yes] -= shares
            yield market.sold(who, shares, yes=yes, price=price)
        else:
            shares = rng.randrange(P // 1000, 50 * P)
            held[who, yes] = held.get((who, yes), 0) + shares
            yield market.bought(who, shares, yes=yes, price=price)
    if market.number % 3 == 0:
        return
    yield market.resolved()
    if market.number % 3 == 1:
        yield market.disputed()
        yield market.finalized(False, tally=(7, 3))
    else:
        yield market.finalized(True)
    for (who, yes), shares in held.items():
        if yes == (market.number % 3 == 2) and shares:
            yield market.claimed(who, shares)


_LAND = """
with new as (
    select * from jsonb_to_recordset($1::jsonb) as e (
        n bigint, name text, slot bigint, signature text, args jsonb, position integer,
        tx_index integer, market_id text, market_address text, wallet text, actor text,
        ix_args jsonb, facts jsonb, program_id text, "outer" integer, inner_path integer,
        kind text, ordinal integer, mirrored boolean, source text
    )
),
transactions as (
    insert into raw.transactions (slot, signature, tx_index, block_time, version, source, commitment)
    select distinct on (slot, signature)
        slot, signature, tx_index, now(), '0', source, 'confirmed'
    from new
    on conflict do nothing
)
insert into raw.events (
    seq, program_id, slot, signature, "outer", inner_path, kind, ordinal, position, name, args,
    ix_args, facts, actor, market_id, market_address, wallet, tx_index, block_time, provenance,
    mirrored
)
select
    nextval('raw.seq'), program_id, slot, signature, "outer", inner_path, kind, ordinal, position,
    name, args, ix_args, facts, actor, market_id, market_address, wallet, tx_index, now(), kind,
    mirrored
from (select * from new order by n) as ordered
on conflict do nothing
"""


async def land(connection: asyncpg.Connection, events: Sequence[Event]) -> None:
    """Land events the way the service does: under the lock, a repetition changes nothing."""
    for slot in {event.slot // 5_000_000 * 5_000_000 for event in events}:
        await connection.execute("select raw.ensure_partitions($1)", slot)
    rows = [asdict(event) | {"n": n} for n, event in enumerate(events)]
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(7101)")
        await connection.execute(_LAND.replace("$1::jsonb", "$1::text::jsonb"), json.dumps(rows))


async def retract(connection: asyncpg.Connection, event: Event) -> None:
    """Say that an event's transaction fell off its fork."""
    await revise(connection, event, None, whole=True)


async def revise(
    connection: asyncpg.Connection, event: Event, after: Event | None, *, whole: bool = False
) -> None:
    """Say what holds instead of an event."""
    row = None
    if after is not None:
        columns = {k: v for k, v in asdict(after).items() if k != "source"}
        row = json.dumps(columns | {"provenance": after.kind})
    await connection.fetchval(
        "select raw.revise($1, $2, $3, $4, $5, $6, $7, $8)",
        ["retract" if after is None else "redecode"],
        [event.slot],
        [event.signature],
        [None if whole else json.dumps(event.event_key)],
        [row],
        [event.market_address],
        [event.wallet],
        ["a test says so"],
    )


def shuffled(events: Iterable[Event], rng: random.Random, *, repeat: float = 0.2) -> list[Event]:
    """In another order, some of them twice."""
    events = list(events)
    again = rng.sample(events, int(len(events) * repeat))
    mixed = events + again
    rng.shuffle(mixed)
    return mixed


__all__ = ["Chain", "Event", "Market", "land", "lives", "replace", "retract", "revise", "shuffled"]
