"""Raw webhooks as Helius sends them: confirmed transactions, one second to answer, then gone.

A delivery is an array of one slot's transactions. It is tried, and retried `retries` times
`retry_s` apart on any status but 2xx and 403, on a timeout and on a refused connection; then
Helius gives it up for good, and so do we. A restart of this process is our own doing, so it
loses nothing: slots not seen through are delivered again (at least once, like everything here).
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx2
import orjson
import structlog
from prometheus_client import Counter

from chain.local.landed import Json, Landed, helius_json

log = structlog.get_logger()
DELIVERIES = Counter(
    "oddsline_chain_webhooks_total", "Webhook deliveries by how they ended", ["end"]
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST to come; `items` as they will be sent, all of one slot."""

    slot: int
    items: tuple[Json, ...]
    #: Every attempt fails, as if the receiver had no address (faults.py).
    unreachable: bool = False


#: What becomes of planned deliveries, each with seconds of delay: themselves on an honest chain.
Happens = Callable[[list[Delivery]], list[tuple[float, Delivery]]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where webhooks go, about which address, and how stubbornly."""

    url: str
    secret: str
    address: str
    timeout_s: float = 1.0
    retries: int = 3
    retry_s: float = 1.0
    batch: int = 100
    concurrency: int = 8


def plan(confirmed: Iterable[Landed], target: Target) -> list[Delivery]:
    """Group the transactions that name the target's address into arrays of one slot each."""
    slots: dict[int, list[Landed]] = {}
    for landed in confirmed:
        if target.address in landed.mentions:
            slots.setdefault(landed.slot, []).append(landed)
    return [
        Delivery(slot, tuple(map(helius_json, batch[start : start + target.batch])))
        for slot, batch in slots.items()
        for start in range(0, len(batch), target.batch)
    ]


class Webhooks:
    """Delivers what was confirmed and knows up to which slot it is through."""

    def __init__(self, target: Target, happens: Happens, through: Callable[[int], None]) -> None:
        """`through(slot)` is told whenever nothing up to a slot is still on its way."""
        self._target = target
        self._happens = happens
        self._through = through
        self._client = httpx2.AsyncClient(timeout=target.timeout_s)
        self._slots = asyncio.Semaphore(target.concurrency)
        self._under_way: dict[asyncio.Task[None], int] = {}
        self._handed_over = 0

    def hand_over(self, confirmed: list[Landed], up_to: int) -> None:
        """Deliver the newly confirmed transactions of the slots up to one."""
        for delay, delivery in self._happens(plan(confirmed, self._target)):
            task = asyncio.create_task(self._deliver(delivery, delay))
            self._under_way[task] = delivery.slot
            task.add_done_callback(self._done)
        self._handed_over = up_to
        self._report()

    async def close(self) -> None:
        """Stop delivering; what was under way is delivered after the next start."""
        tasks = list(self._under_way)
        for task in tasks:
            task.remove_done_callback(self._done)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._report()

    def _report(self) -> None:
        first_open = min(self._under_way.values(), default=self._handed_over + 1)
        self._through(min(first_open - 1, self._handed_over))

    async def _deliver(self, delivery: Delivery, delay: float) -> None:
        await asyncio.sleep(delay)
        body = orjson.dumps(delivery.items)
        for attempt in range(self._target.retries + 1):
            if attempt:
                await asyncio.sleep(self._target.retry_s)
            async with self._slots:
                status = None if delivery.unreachable else await self._post(body)
            if status is not None and 200 <= status < 300:
                DELIVERIES.labels("delivered").inc()
                return
            if status == httpx2.codes.FORBIDDEN:
                break
        DELIVERIES.labels("lost").inc()
        log.warning("webhook_lost", slot=delivery.slot, transactions=len(delivery.items))

    async def _post(self, body: bytes) -> int | None:
        """The status answered within the timeout; None when none was."""
        headers = {"Content-Type": "application/json"}
        if self._target.secret:
            headers["Authorization"] = self._target.secret
        try:
            async with asyncio.timeout(self._target.timeout_s):
                answer = await self._client.post(self._target.url, content=body, headers=headers)
        except (httpx2.HTTPError, TimeoutError):
            return None
        return answer.status_code
