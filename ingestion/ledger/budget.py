"""One layer that retries calls to a provider, within what it grants us."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chain.rpc_errors import Transient

T = TypeVar("T")

ATTEMPTS = 5
FIRST_WAIT = 0.2  # seconds, doubling
LONGEST_WAIT = 10.0


class Budget:
    """At most so many calls a second and so many at once; 429 is waited out, never given up on.

    Args:
        per_second: calls.
        at_once: calls in flight.
    """

    def __init__(self, *, per_second: float, at_once: int) -> None:
        self._gap = 1 / per_second
        self._next = 0.0
        self._slots = asyncio.Semaphore(at_once)

    async def call(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Call until it succeeds, fails for good, or failed too often.

        Raises:
            RpcError: the last failure.
        """
        for number in range(1, ATTEMPTS + 1):
            try:
                async with self._slots:
                    await self._turn()
                    return await attempt()
            except Transient as error:
                if number == ATTEMPTS:
                    raise
                await asyncio.sleep(wait(number, error.retry_after, random.random()))  # noqa: S311 spreads clients, guards nothing
        raise AssertionError("the last attempt returns or raises")

    async def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next + self._gap, now)
        await asyncio.sleep(self._next - now)


def wait(number: int, retry_after: float | None, chance: float) -> float:
    """Seconds before the attempt after attempt `number`; `chance` in [0, 1) spreads callers."""
    if retry_after is not None:
        return min(retry_after, LONGEST_WAIT)
    return float(min(FIRST_WAIT * 2 ** (number - 1) * (0.5 + chance), LONGEST_WAIT))
