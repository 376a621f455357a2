"""POST /webhooks/helius: acknowledged only after commit, as Helius forgets what it delivered."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ingestion.intake.body import Receive, read_body, unpack
from ingestion.intake.delivery import Decode, Held, items_of, judge, quarantined
from ingestion.intake.refusals import Refusal
from ingestion.intake.secrets import Headers, authorised, header
from ingestion.landing.collector import Collector, LandingUnavailable, Outcome
from ingestion.landing.rows import Landable
from oddsline import logs

#: Items of one delivery that are read before the loop turns to others: those read already land
#: meanwhile, and a small delivery need not wait until a large one is read whole.
AT_ONCE = 25

#: Keeps items that cannot land; raises LandingUnavailable when even that is impossible.
Hold = Callable[[Sequence[Held]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost."""

    body_bytes: int  # before and after gzip
    body_seconds: float  # for the body to arrive
    items: int  # in one array


@dataclass(frozen=True, slots=True)
class Webhook:
    """The handler with what it needs."""

    secrets: Sequence[str]
    limits: Limits
    decode: Decode
    collector: Collector
    hold: Hold

    async def __call__(self, method: str, headers: Headers, receive: Receive) -> dict[str, int]:
        """Take one delivery.

        Returns:
            The counts of contracts: received, landed, duplicates, quarantined, queued.

        Raises:
            Refusal: the request as a whole is refused; nothing of it is acknowledged.
            SenderGone: nobody waits for an answer.
        """
        if method != "POST":
            raise Refusal(405, "only POST")
        if not authorised(headers, self.secrets):
            raise Refusal(401, "wrong or missing secret")
        limit = self.limits.body_bytes
        body = await read_body(
            receive,
            length=header(headers, b"content-length"),
            limit=limit,
            seconds=self.limits.body_seconds,
        )
        plain = unpack(body, header(headers, b"content-encoding"), limit=limit)
        items = items_of(plain, most=self.limits.items)
        try:
            return await self._store(items)
        except LandingUnavailable as why:
            raise Refusal(503, f"cannot store now: {why}", retry_after=1) from why

    async def _store(self, items: Sequence[bytes]) -> dict[str, int]:
        landing: list[asyncio.Future[Outcome]] = []
        held: list[Held] = []
        for first in range(0, len(items), AT_ONCE):
            judged = judge(items[first : first + AT_ONCE], self.decode)
            held += judged.held
            if judged.landable:
                landing.append(self.collector.submit(judged.landable))
            await asyncio.sleep(0)
        outcomes = await asyncio.gather(*landing)
        held += [_refused(item, why) for outcome in outcomes for item, why in outcome.refused]
        if held:
            await self._keep(held)
        queued = sum(h.status == "queued" for h in held)
        return {
            "received": len(items),
            "landed": sum(outcome.landed for outcome in outcomes),
            "duplicates": sum(outcome.duplicates for outcome in outcomes),
            "quarantined": len(held) - queued,
            "queued": queued,
        }

    async def _keep(self, held: Sequence[Held]) -> None:
        await self.hold(held)
        if logs.follows():
            for one in held:
                logs.step(one.status, one.signature, reason=one.reason)


def _refused(item: Landable, reason: str) -> Held:
    """An item that decoded, but whose rows PostgreSQL will not take."""
    return quarantined(item.payload(), f"refused by PostgreSQL: {reason}")
