"""The program's fees, and how to get the gross amount back from what an event says.

Lamports throughout, floors as the program takes them (program-interface §1.8):
total = floor(gross * sum / 10000), split by floor, the remainder to the liquidity provider.
"""

from __future__ import annotations

from typing import NamedTuple

BPS = 10_000


class Fees(NamedTuple):
    """What a trade of some gross amount pays, in lamports."""

    total: int
    protocol: int
    resolver: int
    liquidity_provider: int


class FeeSchedule(NamedTuple):
    """The three rates in force, in basis points; the defaults are the program's own."""

    protocol_bps: int = 300
    resolver_bps: int = 200
    liquidity_provider_bps: int = 500

    @property
    def total_bps(self) -> int:
        return self.protocol_bps + self.resolver_bps + self.liquidity_provider_bps

    def fees(self, gross: int) -> Fees:
        """What a trade of `gross` lamports pays."""
        return self.split(gross * self.total_bps // BPS)

    def split(self, total: int) -> Fees:
        """How a total is shared out; free trade shares nothing."""
        bps = self.total_bps
        if bps == 0:
            return Fees(total, 0, 0, total)
        protocol, resolver = total * self.protocol_bps // bps, total * self.resolver_bps // bps
        return Fees(total, protocol, resolver, total - protocol - resolver)

    def gross_of_cost(self, cost: int) -> int | None:
        """The gross of a buy: the only `c` with c + floor(c * bps / 10000) = cost.

        None = there is none, so the trade was made under another schedule.
        """
        bps = self.total_bps
        guess = cost * BPS // (BPS + bps)
        for gross in (guess, guess + 1):
            if gross + gross * bps // BPS == cost:
                return gross
        return None

    def gross_of_proceeds(self, proceeds: int) -> range:
        """Every gross of a sell that nets `proceeds`: at today's rates mostly one, sometimes two.

        What is kept is ceil(gross * kept / 10000) with kept = 10000 - bps, so that the gross lies
        above (proceeds - 1) * 10000 / kept and up to proceeds * 10000 / kept.
        """
        kept = BPS - self.total_bps
        if kept <= 0:
            return range(0)
        lowest = (proceeds - 1) * BPS // kept + 1 if proceeds > 0 else 0
        return range(lowest, proceeds * BPS // kept + 1)
