"""When a finalization waits for a person. Pure: what is known of a market in, a hold out.

Anyone may resolve on chain and the first caller fixes the outcome; a wrong one is final once
finalized, so what looks wrong waits until somebody has looked.
"""

from dataclasses import dataclass
from typing import Literal

PRICE_ONE = 1_000_000_000  # 9-decimal fixed point

Rule = Literal["operator", "price_contradiction", "early_resolution", "resolver_interest"]


@dataclass(frozen=True)
class HoldRules:
    """Which symptoms hold a market; each can be set off.

    ``price_bps``: the outcome contradicts the market when the other side's price is at least this
    (9000 = 90/10); 10001 sets it off. ``early_s``: seconds after activation within which a
    resolution is too early; 0 sets it off.
    """

    price_bps: int = 9000
    early_s: int = 600
    resolver_interest: bool = True


@dataclass(frozen=True)
class Resolution:
    """What is known of a resolved market. Times are unix seconds, shares 9-decimal fixed point."""

    outcome: bool | None  # True = YES
    price_yes: int | None
    activated_at: int
    resolved_at: int
    resolver_shares_yes: int = 0
    resolver_shares_no: int = 0


@dataclass(frozen=True)
class Hold:
    """Why a market waits."""

    rule: Rule
    reason: str


def hold(resolution: Resolution, rules: HoldRules) -> Hold | None:
    """The first rule that holds this market; None when nothing looks wrong."""
    return (
        _price_contradiction(resolution, rules)
        or _early_resolution(resolution, rules)
        or _resolver_interest(resolution, rules)
    )


def _price_contradiction(resolution: Resolution, rules: HoldRules) -> Hold | None:
    if resolution.price_yes is None or resolution.outcome is None:
        return None
    against = PRICE_ONE - resolution.price_yes if resolution.outcome else resolution.price_yes
    if against * 10_000 < rules.price_bps * PRICE_ONE:
        return None
    said, market = ("YES", "NO") if resolution.outcome else ("NO", "YES")
    percent = against * 100 / PRICE_ONE
    return Hold("price_contradiction", f"resolved {said} while {market} trades at {percent:.1f} %")


def _early_resolution(resolution: Resolution, rules: HoldRules) -> Hold | None:
    after = resolution.resolved_at - resolution.activated_at
    if after >= rules.early_s:
        return None
    return Hold("early_resolution", f"resolved {after} s after it was activated")


def _resolver_interest(resolution: Resolution, rules: HoldRules) -> Hold | None:
    if not rules.resolver_interest or resolution.outcome is None:
        return None
    yes, no = resolution.resolver_shares_yes, resolution.resolver_shares_no
    winning = yes if resolution.outcome else no
    if winning <= 0:
        return None
    shares = winning / PRICE_ONE
    return Hold("resolver_interest", f"its resolver holds {shares:.3f} shares of the winning side")
