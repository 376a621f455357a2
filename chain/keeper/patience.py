"""Asking a node again: the keeper's one retrying layer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from chain.keeper.metrics import RPC_FAILURES
from chain.rpc_errors import Permanent, Transient

log = structlog.get_logger()
_T = TypeVar("_T")

TRIES, FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 0.2, 3.0


async def patiently(ask: Callable[[], Awaitable[_T]], tries: int = TRIES) -> _T:
    """Ask a node a few times, with growing, jittered pauses.

    Raises:
        RpcError: it kept failing, or said that asking again is no use.
    """
    for tried in range(tries):
        try:
            return await ask()
        except Transient as error:
            RPC_FAILURES.labels(type(error).__name__).inc()
            if tried == tries - 1:
                raise
            pause = min(FIRST_PAUSE_S * 2**tried, LONGEST_PAUSE_S)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
    raise AssertionError("unreachable")


async def endlessly(ask: Callable[[], Awaitable[_T]]) -> _T:
    """Ask until the node answers: after something was sent nothing else is an end."""
    while True:
        try:
            return await patiently(ask)
        except (Transient, Permanent) as error:
            log.warning("node_away", error=str(error))
            await asyncio.sleep(LONGEST_PAUSE_S)
