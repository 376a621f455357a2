"""What a transaction is allowed to cost. Pure; lamports, and micro-lamports a compute unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

LAMPORTS_PER_SIGNATURE = 5_000
MICRO = 1_000_000
MOST_UNITS = 1_400_000  # the runtime's limit of one transaction
# A limit equal to what the simulation used fails as soon as an account is a little fuller.
UNITS_MARGIN = 1.1
LEAST_UNITS = 1_000


class FeePolicy(NamedTuple):
    """What to pay for speed.

    `percentile` of what recent blocks took, times `escalation` for each earlier attempt, and never
    more than `most_lamports` of priority fee for one transaction; all fees of a day (UTC) stay
    within `daily_budget` lamports.
    """

    percentile: int = 75
    escalation: float = 1.5
    most_lamports: int = 100_000
    daily_budget: int = 1_000_000_000


class Quote(NamedTuple):
    """A compute-unit limit and price, and the whole fee they come to."""

    unit_limit: int
    unit_price: int
    fee_lamports: int


def unit_limit(units_used: int | None) -> int:
    """The limit for a transaction whose simulation used so much; all there is where unknown."""
    if units_used is None:
        return MOST_UNITS
    return min(max(int(units_used * UNITS_MARGIN) + 1, LEAST_UNITS), MOST_UNITS)


def quote(
    policy: FeePolicy,
    recent: Sequence[int],
    *,
    units_used: int | None,
    attempt: int,
    signatures: int,
) -> Quote:
    """The price for one attempt (1 = the first) after what `recent` blocks took."""
    limit = unit_limit(units_used)
    wanted = _percentile(recent, policy.percentile) * policy.escalation ** max(attempt - 1, 0)
    affordable = policy.most_lamports * MICRO // limit
    price = min(int(wanted), affordable)
    priority = -(-price * limit // MICRO)  # the runtime rounds up
    return Quote(limit, price, LAMPORTS_PER_SIGNATURE * signatures + priority)


def _percentile(values: Sequence[int], percentile: int) -> int:
    if not values:
        return 0
    ranked = sorted(values)
    return ranked[min(len(ranked) * percentile // 100, len(ranked) - 1)]
