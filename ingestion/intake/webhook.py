"""POST /webhooks/helius: acknowledged only after commit, as Helius forgets what it delivered."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ingestion.intake.body import Receive, read_body, unpack
from ingestion.intake.delivery import Decode, Delivery, Held, judge, quarantined
from ingestion.intake.refusals import Refusal
from ingestion.intake.secrets import Headers, authorised, header
from ingestion.landing.collector import Collector, LandingUnavailable
from ingestion.landing.rows import Landable

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
        try:
            return await self._store(judge(plain, self.decode, most=self.limits.items))
        except LandingUnavailable as why:
            raise Refusal(503, f"cannot store now: {why}", retry_after=1) from why

    async def _store(self, delivery: Delivery) -> dict[str, int]:
        held = list(delivery.held)
        landed = duplicates = 0
        if delivery.landable:
            outcome = await self.collector.land(delivery.landable)
            landed, duplicates = outcome.landed, outcome.duplicates
            held += [_refused(item, why) for item, why in outcome.refused]
        if held:
            await self.hold(held)
        queued = sum(h.status == "queued" for h in held)
        return {
            "received": delivery.received,
            "landed": landed,
            "duplicates": duplicates,
            "quarantined": len(held) - queued,
            "queued": queued,
        }


def _refused(item: Landable, reason: str) -> Held:
    """An item that decoded, but whose rows PostgreSQL will not take."""
    return quarantined(item.payload(), f"refused by PostgreSQL: {reason}")
