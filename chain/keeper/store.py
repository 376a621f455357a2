"""`ops.transitions` as the keeper sees it: every move guarded by fence and state, with its history.

A move that touches no row means that a newer lease holds the intent: whoever tried must stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg

from chain.keeper.fees import Quote
from chain.keeper.metrics import LEASES_LOST
from chain.keeper.states import Stage, guard
from chain.keeper.transaction import Signed

_FOLDER = Path(__file__).parent / "sql"


class LeaseLost(Exception):
    """Another keeper holds the intent now."""


@dataclass(frozen=True, slots=True)
class Intent:
    """An intent under our lease; `signed` is there when it may have been sent already."""

    id: int
    market_id: str | None
    market_address: str
    action: str
    args: Mapping[str, Any]
    stage: Stage
    attempts: int
    fence: int
    signed: Signed | None = None
    signed_at: float | None = None  # Unix seconds
    landed_slot: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How an intent ends; `error_*` are None for done."""

    stage: Stage
    detail: Mapping[str, Any]
    landed_slot: int | None = None
    error_name: str | None = None
    error_class: str | None = None
    error_detail: str | None = None


class Store:
    """One keeper's view; `owner` names it in leases."""

    def __init__(self, pool: asyncpg.Pool, owner: str, lease_s: float) -> None:
        self.owner = owner
        self._pool = pool
        self._lease_s = lease_s

    async def claim(self, most: int) -> list[Intent]:
        """Lease up to `most` intents."""
        rows = await self._pool.fetch(_sql("claim"), self.owner, most, self._lease_s)
        return [_intent(row) for row in rows]

    async def renew(self, ids: Sequence[int]) -> set[int]:
        """Prolong leases; those that are still ours."""
        rows = await self._pool.fetch(_sql("renew"), self.owner, list(ids), self._lease_s)
        return {row["id"] for row in rows}

    async def signed(self, intent: Intent, signed: Signed, quote: Quote) -> None:
        """Store what is about to be sent.

        Raises:
            LeaseLost: and so it must not be sent.
        """
        guard(Stage.LEASED, Stage.SENT)
        detail = {"signature": signed.signature, **quote._asdict()}
        await self._move(
            "signed",
            intent,
            signed.signature,
            signed.wire,
            signed.last_valid_block_height,
            signed.signed_slot,
            quote.fee_lamports,
            detail,
        )

    async def expired(self, intent: Intent, signed: Signed, detail: Mapping[str, Any]) -> None:
        """Note that a signed transaction is provably dead."""
        guard(Stage.SENT, Stage.LEASED)
        await self._move("expired", intent, {"expired": signed.signature, **detail})

    async def finished(self, intent: Intent, before: Stage, ending: Ending) -> None:
        """Done or failed."""
        guard(before, ending.stage)
        await self._move(
            "finished",
            intent,
            before,
            ending.stage,
            ending.landed_slot,
            ending.error_name,
            ending.error_class,
            ending.error_detail,
            dict(ending.detail),
        )

    async def postponed(self, intent: Intent, seconds: float, reason: str) -> None:
        """Back to open for a while: nothing was sent."""
        guard(Stage.LEASED, Stage.OPEN)
        await self._move("postponed", intent, seconds, {"reason": reason})

    async def signatures(self, intent: Intent) -> list[str]:
        """Every signature the intent was ever sent under."""
        rows = await self._pool.fetch(_sql("signatures"), intent.id)
        return [row["signature"] for row in rows]

    async def spent_today(self) -> int:
        """Lamports of fees signed for since midnight UTC."""
        return int(await self._pool.fetchval(_sql("spent_today")))

    async def paused(self) -> bool:
        return bool(await self._pool.fetchval(_sql("switch")))

    async def unfinal(self, most: int, again_s: float) -> list[Intent]:
        """Done intents that are not known to be final; the next look at them is `again_s` away."""
        rows = await self._pool.fetch(_sql("unfinal"), most, again_s)
        return [_intent(row) for row in rows]

    async def final(self, ids: Sequence[int]) -> None:
        """Nothing can undo these any more: they are looked at no longer."""
        await self._pool.execute(_sql("final"), list(ids))

    async def fallen(self, intent: Intent, detail: Mapping[str, Any]) -> bool:
        """Back to work: sent where our own bytes may land again, open otherwise.

        False when another keeper has moved it already.
        """
        after = Stage.OPEN if intent.signed is None else Stage.SENT
        guard(Stage.DONE, after)
        moved = await self._pool.fetchval(
            _sql("fallen"), intent.id, intent.fence, after, dict(detail)
        )
        return moved is not None

    async def unshadowed(self, most: int) -> list[Intent]:
        """Open intents a shadow keeper has yet to look at; takes no lease."""
        return [_intent(row) for row in await self._pool.fetch(_sql("unshadowed"), most)]

    async def shadowed(self, intent: Intent, told: Mapping[str, Any]) -> None:
        await self._pool.execute(_sql("shadowed"), intent.id, {"shadow": dict(told)})

    async def _move(self, statement: str, intent: Intent, *values: Any) -> None:
        moved = await self._pool.fetchval(_sql(statement), intent.id, intent.fence, *values)
        if moved is None:
            LEASES_LOST.inc()
            raise LeaseLost(f"{statement} of intent {intent.id}")


def _intent(row: Mapping[str, Any]) -> Intent:
    signed = None
    if row["signature"] is not None and row["state"] in (Stage.SENT, Stage.DONE):
        signed = Signed(
            row["signature"], row["wire"], row["last_valid_block_height"], row["signed_slot"]
        )
    return Intent(
        id=row["id"],
        market_id=row["market_id"],
        market_address=row["market_address"] or "",
        action=row["action"],
        args=row["args"],
        stage=Stage(row["state"]),
        attempts=row["attempts"],
        fence=row["fence"],
        signed=signed,
        signed_at=row["signed_at"],
        landed_slot=row["landed_slot"],
    )


@cache
def _sql(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
