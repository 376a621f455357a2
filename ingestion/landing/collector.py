"""Group commit: requests that arrive while a commit is under way share the next one."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ingestion.landing.failures import LandingUnavailable, blames_rows
from ingestion.landing.lander import Landed
from ingestion.landing.rows import Landable
from oddsline import logs


class Lands(Protocol):
    """Whatever lands a batch in one commit; see Lander."""

    async def land(self, items: list[Landable]) -> Landed: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request's transactions; all of it is committed."""

    landed: int
    duplicates: int
    refused: list[tuple[Landable, str]]  # with the server's reason; these are not stored


@dataclass(slots=True)
class _Request:
    items: Sequence[Landable]
    done: asyncio.Future[Outcome]
    fresh: int = 0
    refused: list[tuple[Landable, str]] = field(default_factory=list)

    def settle(self) -> None:
        if not self.done.done():
            duplicates = len(self.items) - self.fresh - len(self.refused)
            self.done.set_result(Outcome(self.fresh, duplicates, self.refused))

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Collector:
    """Lands requests in batches, one batch in flight per lander.

    Args:
        landers: one worker is run for each.
        batch: transactions after which a batch takes no further request.
        pending: transactions that may wait; beyond it requests are turned away, so that memory
            stays flat when PostgreSQL is slower than the chain.
    """

    def __init__(
        self, landers: Sequence[Lands], *, batch: int = 400, pending: int = 10_000
    ) -> None:
        self._landers = landers
        self._batch = batch
        self._limit = pending
        self._waiting: deque[_Request] = deque()
        self._count = 0
        self._wake = asyncio.Event()
        self._workers: list[asyncio.Task[None]] = []
        self._closing = False

    @property
    def waiting(self) -> int:
        """Transactions that no commit has taken up yet."""
        return self._count

    def start(self) -> None:
        """Begin to land."""
        self._workers = [asyncio.create_task(self._work(lander)) for lander in self._landers]

    async def close(self) -> None:
        """Land what waits, then let the connections go."""
        self._closing = True
        self._wake.set()
        await asyncio.gather(*self._workers)
        for lander in self._landers:
            await lander.close()

    async def land(self, items: Sequence[Landable]) -> Outcome:
        """Return when these are committed.

        Raises:
            LandingUnavailable: nothing of it may be acknowledged.
        """
        return await self.submit(items)

    def submit(self, items: Sequence[Landable]) -> asyncio.Future[Outcome]:
        """Let these land with the next batch; done when they are committed. See `land`."""
        request = _Request(items, asyncio.get_running_loop().create_future())
        if self._closing or self._count + len(items) > self._limit:
            request.fail(LandingUnavailable("closing" if self._closing else "too much is waiting"))
            return request.done
        self._waiting.append(request)
        self._count += len(items)
        self._wake.set()
        return request.done

    async def _work(self, lander: Lands) -> None:
        while True:
            requests = self._take()
            if requests:
                await _flush(lander, requests)
            elif self._closing:
                return
            else:
                self._wake.clear()
                await self._wake.wait()

    def _take(self) -> list[_Request]:
        """The next batch: whole requests, oldest first, and none whose sender is gone."""
        taken: list[_Request] = []
        size = 0
        while self._waiting and (not taken or size + len(self._waiting[0].items) <= self._batch):
            request = self._waiting.popleft()
            self._count -= len(request.items)
            if not request.done.done():
                taken.append(request)
                size += len(request.items)
        return taken


async def _flush(lander: Lands, requests: list[_Request]) -> None:
    """Commit a batch and tell each request; rows the server refuses are found by halving."""
    items: dict[tuple[int, str], Landable] = {}
    owners: dict[tuple[int, str], list[_Request]] = {}
    for request in requests:
        for item in request.items:
            items.setdefault(item.key, item)
            owners.setdefault(item.key, []).append(request)
    try:
        # In key order: two workers with the same transactions must not deadlock.
        fresh, refused = await _land_all(lander, [items[key] for key in sorted(items)])
    except Exception as error:  # noqa: BLE001 handed to every sender
        for request in requests:
            request.fail(error)
        return
    for key in fresh:
        owners[key][0].fresh += 1
    for item, reason in refused:
        for request in owners[item.key]:
            request.refused.append((item, reason))
    if logs.follows():
        _tell(items, fresh, {item.key for item, _ in refused})
    for request in requests:
        request.settle()


def _tell(
    keys: Iterable[tuple[int, str]], fresh: set[tuple[int, str]], refused: set[tuple[int, str]]
) -> None:
    """Log what became of each transaction of a commit."""
    for key in keys:
        what = "refused" if key in refused else "landed" if key in fresh else "landed before"
        logs.step(what, key[1], slot=key[0])


async def _land_all(
    lander: Lands, items: list[Landable]
) -> tuple[set[tuple[int, str]], list[tuple[Landable, str]]]:
    """Land what can be landed: (keys of new transactions, items refused with the reason)."""
    if not items:
        return set(), []
    try:
        return set((await lander.land(items)).fresh), []
    except Exception as error:
        if not blames_rows(error):
            raise
        if len(items) == 1:
            return set(), [(items[0], f"{type(error).__name__}: {error}")]
    half = len(items) // 2
    fresh, refused = await _land_all(lander, items[:half])
    more, also = await _land_all(lander, items[half:])
    return fresh | more, refused + also


__all__ = ["Collector", "LandingUnavailable", "Lands", "Outcome"]
