"""What the chain says against what REST says, and how long REST took to say it."""

import asyncio
import time
from collections.abc import Mapping
from statistics import median, quantiles
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from chain.program.accounts import MarketAccount, UserPosition
from chain.program.lmsr import Curve
from chain.program.states import State

#: Seconds that REST has to catch up, and between two questions.
PATIENCE_S, ASK_S = 30.0, 0.01

Fields = Mapping[str, str]


class DifferenceError(Exception):
    """REST did not come to say what the chain says."""


def outcome_name(outcome: bool | None) -> str:  # noqa: FBT001 the account's own type
    """An outcome as REST names it."""
    return "-" if outcome is None else "YES" if outcome else "NO"


def market_fields(market: MarketAccount) -> Fields:
    """An account in REST's words; the unowned b/1000 of each side is left out."""
    unowned = market.b_parameter // 1000
    fields = {
        "state": market.state.name,
        "shares_yes": str(market.shares_yes - unowned),
        "shares_no": str(market.shares_no - unowned),
        "volume_gross": str(market.total_volume),
        "initial_liquidity": str(market.initial_liquidity),
        "proposed_outcome": outcome_name(market.proposed_outcome),
        "final_outcome": outcome_name(market.final_outcome),
    }
    if market.proposal_total_votes:
        fields["proposal_likes"] = str(market.proposal_likes)
        fields["proposal_dislikes"] = str(market.proposal_dislikes)
    if market.total_volume:
        curve = Curve(market.b_parameter, market.shares_yes, market.shares_no)
        fields["price_yes"] = str(curve.price_yes)
    if market.state in {State.RESOLVING, State.FINALIZED}:
        fields["resolver"] = market.resolver
    return fields


def position_fields(position: UserPosition) -> Fields:
    """A position's account in REST's words."""
    return {
        "shares_yes": str(position.shares_yes),
        "shares_no": str(position.shares_no),
        "invested": str(position.total_invested),
        "claimed": str(position.claimed_amount),
    }


class Comparison:
    """Asks REST until it agrees with the chain, prints both, remembers the milliseconds."""

    def __init__(self, http: httpx2.AsyncClient, console: Console) -> None:
        """`http` has the API's address and the line's own key."""
        self.http, self.console = http, console
        self.waits_ms: list[float] = []

    @property
    def url(self) -> str:
        """The API's address."""
        return str(self.http.base_url).rstrip("/")

    @property
    def key(self) -> str:
        """The line's own key."""
        return self.http.headers["X-API-Key"]

    async def market(self, step: str, market_id: str, chain: Fields, confirmed_at: float) -> None:
        """Compare a market.

        Raises:
            DifferenceError: REST says otherwise for too long.
        """
        await self._agree(step, f"/markets/{market_id}", None, chain, confirmed_at)

    async def position(
        self, step: str, market_id: str, wallet: str, chain: Fields, confirmed_at: float
    ) -> None:
        """Compare a wallet's position in a market.

        Raises:
            DifferenceError: REST says otherwise for too long.
        """
        await self._agree(step, f"/positions/{wallet}", market_id, chain, confirmed_at)

    async def vote(self, market_id: str, market: MarketAccount, confirmed_at: float) -> None:
        """REST shows the proposal's votes as the chain was told them.

        Raises:
            DifferenceError: it shows others.
        """
        likes, dislikes = market.proposal_likes, market.proposal_dislikes
        chain = {"in_favour": str(likes), "against": str(dislikes), "reached": "True"}
        await self._agree("the vote", f"/votes/{market_id}", None, chain, confirmed_at)

    async def trade_count(self, market_id: str, count: int, confirmed_at: float) -> None:
        """REST tells every trade once.

        Raises:
            DifferenceError: it does not.
        """
        chain = {"trade_count": str(count)}
        await self._agree("all trades", f"/markets/{market_id}", None, chain, confirmed_at)

    async def _agree(
        self, step: str, path: str, market_id: str | None, chain: Fields, confirmed_at: float
    ) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            row = await self._row(path, market_id)
            said = {name: _text(row.get(name)) for name in chain}
            if said == dict(chain):
                break
            if time.monotonic() > deadline:
                self._show(step, chain, said, None)
                wrong = [name for name in chain if chain[name] != said[name]]
                raise DifferenceError(f"{step}: {', '.join(wrong)} after {PATIENCE_S:.0f} s")
            await asyncio.sleep(ASK_S)
        wait_ms = (time.monotonic() - confirmed_at) * 1000
        self.waits_ms.append(wait_ms)
        self._show(step, chain, said, wait_ms)

    async def _row(self, path: str, market_id: str | None) -> dict[str, Any]:
        try:
            answer = await self.http.get(path)
        except httpx2.TransportError:
            return {}  # an API that is being started again
        if answer.status_code in {httpx2.codes.NOT_FOUND, httpx2.codes.SERVICE_UNAVAILABLE}:
            return {}
        found = answer.raise_for_status().json()["data"]
        if market_id is None:
            return dict(found)
        return next((row for row in found if row["market_id"] == market_id), {})

    def _show(self, step: str, chain: Fields, rest: Fields, wait_ms: float | None) -> None:
        took = "[red]never[/]" if wait_ms is None else f"{wait_ms:.0f} ms"
        table = Table("", "chain", "REST", title=f"{step}  ({took})", title_justify="left")
        for name, value in chain.items():
            same = value == rest[name]
            table.add_row(name, value, rest[name], style="" if same else "bold red")
        self.console.print(table)

    def summary(self) -> None:
        """How fast REST was, from confirmation to the first answer that agreed."""
        high = quantiles(self.waits_ms, n=20)[-1]
        self.console.print(
            f"[green]{len(self.waits_ms)} steps, no difference[/]; confirmation to REST: "
            f"p50 {median(self.waits_ms):.0f} ms, p95 {high:.0f} ms, max {max(self.waits_ms):.0f} ms"
        )


def _text(value: object) -> str:
    return "-" if value is None else str(value)
