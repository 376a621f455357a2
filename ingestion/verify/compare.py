"""What an account says and what the marts say, field by field: no I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

STATES = ("PROPOSED", "APPROVED", "ACTIVE", "RESOLVING", "DISPUTED", "FINALIZED", "CANCELLED")
#: Shares that every market starts with and nobody owns: b divided by this.
UNOWNED = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one account that the marts hold otherwise."""

    kind: Literal["market", "position", "treasury"]
    address: str  # of the account, or a transaction's signature
    field: str
    chain: str
    marts: str
    slot: int  # at which the account was read


@dataclass(frozen=True, slots=True)
class Account:
    """A decoded account and the slot it was read at."""

    address: str
    fields: Mapping[str, Any]
    slot: int
    above_rent: int = 0  # lamports it holds beyond what keeps it alive


Row = Mapping[str, Any]


def market_fields(account: Mapping[str, Any]) -> dict[str, Any]:
    """What a market's row must hold, from its account."""
    unowned = account["b_parameter"] // UNOWNED
    return {
        "market_id": account["market_id"],
        "creator": account["creator"],
        "state": STATES[account["state"]],
        "b_parameter": account["b_parameter"],
        "initial_liquidity": account["initial_liquidity"],
        "shares_yes": account["shares_yes"] - unowned,
        "shares_no": account["shares_no"] - unowned,
        "volume_gross": account["total_volume"],
        "final_outcome": outcome(account),
        "provider_fees": account["accumulated_lp_fees"],
        "resolver_fees_due": account["accumulated_resolver_fees"],
    }


def gift(account: Account, row: Row) -> int:
    """Lamports a market holds that no event tells of: anybody may send it some."""
    return 0 if row["held"] is None else max(0, account.above_rent - int(row["held"]))


def outcome(account: Mapping[str, Any]) -> str | None:
    """YES, NO, or INVALID for a market that was finalized without an outcome."""
    decided = account["final_outcome"]
    if decided is None:
        return "INVALID" if STATES[account["state"]] == "FINALIZED" else None
    return "YES" if decided else "NO"


def position_fields(account: Mapping[str, Any]) -> dict[str, Any]:
    """What a position's row must hold, from its account."""
    return {
        "market_address": account["market"],
        "wallet": account["user"],
        "shares_yes": account["shares_yes"],
        "shares_no": account["shares_no"],
        "invested": account["total_invested"],
        "claimed": account["claimed_amount"],
        "trade_count": account["trades_count"],
    }


def differences(
    kind: Literal["market", "position"], account: Account, row: Row | None
) -> Iterator[Difference]:
    """Yield each field in which `row` is not what the account says; all of them without a row."""
    expected = (market_fields if kind == "market" else position_fields)(account.fields)
    if row is None:
        yield Difference(kind, account.address, "(row)", "exists", "missing", account.slot)
        return
    for field, value in expected.items():
        if row[field] != value:
            yield Difference(
                kind, account.address, field, str(value), str(row[field]), account.slot
            )
    if kind == "market" and row["held"] is not None and account.above_rent < row["held"]:
        chain, marts = str(account.above_rent), str(row["held"])
        yield Difference(kind, account.address, "held", chain, marts, account.slot)


@cache
def sql(name: str) -> str:
    """A statement of this comparison's."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
