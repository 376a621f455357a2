"""Reading both sides until they agree or have stopped moving."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import asyncpg

from chain.program.addresses import position_address
from ingestion.verify.compare import Account, Difference, Row, differences, gift, sql

Kind = Literal["market", "position"]
KINDS: tuple[Kind, ...] = ("market", "position")
#: Between two readings; the fold needs tens of milliseconds, the chain a slot.
PAUSE_S = 0.25

#: All accounts of each kind, at one moment.
ReadAccounts = Callable[[], Awaitable[Mapping[Kind, list[Account]]]]


@dataclass(frozen=True, slots=True)
class Report:
    """What was compared and what differs."""

    compared: Mapping[Kind, int]
    differences: tuple[Difference, ...]
    unknown: tuple[str, ...]  # rows of the marts that no account stands behind
    rounds: int
    held: int = 0  # lamports of all markets beyond rent, by their events
    gifts: int = 0  # lamports that they hold beyond that
    agreed: Mapping[Kind, frozenset[str]] = field(default_factory=dict)  # accounts equal to rows

    @property
    def exit_code(self) -> int:
        """0 equal, 1 different, 2 nothing to compare."""
        if self.differences or self.unknown:
            return 1
        return 0 if all(self.compared[kind] for kind in KINDS) else 2


@dataclass(slots=True)
class _Side:
    """One kind of account, and what of it has not agreed yet."""

    accounts: dict[str, Account] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    differing: tuple[Difference, ...] = ()


async def verify(
    pool: asyncpg.Pool, read_accounts: ReadAccounts, *, program: str, patience_s: float = 15.0
) -> Report:
    """Compare every market and position account with its row.

    A line that is alive moves while it is read, so what differs is read again, both sides, until
    it agrees or nothing has come closer for `patience_s`: longer than landing and folding take.
    """
    agreed: dict[Kind, set[str]] = {kind: set() for kind in KINDS}
    last_progress, rounds, best = time.monotonic(), 0, -1
    while True:
        rounds += 1
        accounts = await read_accounts()
        sides = {kind: await _side(pool, accounts[kind], kind, program) for kind in KINDS}
        for kind, side in sides.items():
            _compare(kind, side, agreed[kind])
        found = tuple(difference for side in sides.values() for difference in side.differing)
        unknown = tuple(
            address
            for side in sides.values()
            for address in side.rows.keys() - side.accounts.keys()
        )
        progress = sum(len(done) for done in agreed.values())
        if progress > best:
            best, last_progress = progress, time.monotonic()
        waited = time.monotonic() - last_progress > patience_s
        if (not found and not unknown) or waited:
            compared = {kind: len(side.accounts) for kind, side in sides.items()}
            equal = {kind: frozenset(done) for kind, done in agreed.items()}
            return Report(compared, found, unknown, rounds, *_vaults(sides["market"]), equal)
        await asyncio.sleep(PAUSE_S)


async def _side(pool: asyncpg.Pool, accounts: Sequence[Account], kind: Kind, program: str) -> _Side:
    """Rows are read after accounts: what those show has landed by then."""
    rows = await pool.fetch(sql("markets" if kind == "market" else "positions"))
    return _Side(
        {account.address: account for account in accounts},
        {_address(kind, row, program): dict(row) for row in rows},
    )


def _vaults(side: _Side) -> tuple[int, int]:
    """What all markets hold by their events, and what they were given beside."""
    both = [(side.accounts[at], row) for at, row in side.rows.items() if at in side.accounts]
    return sum(int(row["held"] or 0) for _, row in both), sum(gift(a, row) for a, row in both)


def _compare(kind: Kind, side: _Side, agreed: set[str]) -> None:
    """Note what differs now; an account that has agreed once is settled.

    On a line that trades, a later reading may catch a market between its chain and its row.
    """
    found: list[Difference] = []
    for address, account in side.accounts.items():
        if address in agreed:
            continue
        differing = list(differences(kind, account, side.rows.get(address)))
        found += differing
        if not differing:
            agreed.add(address)
    side.differing = tuple(found)


def _address(kind: Kind, row: Mapping[str, Any], program: str) -> str:
    if kind == "market":
        return str(row["market_address"])
    return position_address(program, row["market_address"], row["wallet"])
